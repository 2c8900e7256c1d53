//! What is always true of the warehouse's tables.

use super::Warehouse;

impl Warehouse {
    /// Panics with the offenders when a rule does not hold.
    pub async fn check_invariants(&self) {
        let rows = self.0.query(BROKEN, &[]).await.unwrap();
        let broken: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

const BROKEN: &str = "
    with held as (
        select product_id, sum(quantity) as pieces
        from reservation_lines
        join reservations using (order_id)
        where status = 'RESERVED'
        group by product_id
    )
    select 'product ' || id || ' has ' || reserved || ' reserved and ' || coalesce(pieces, 0) || ' held'
    from products left join held on product_id = id
    where reserved <> coalesce(pieces, 0) or reserved > stocked or reserved < 0
    union all
    select 'order ' || order_id || ' is ' || status || ' and has the wrong number of lines'
    from reservations
    where (status = 'VOID') = exists (
        select from reservation_lines line where line.order_id = reservations.order_id
    )";
