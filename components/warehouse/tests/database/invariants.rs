//! The invariants of the warehouse's tables.

use super::Warehouse;

impl Warehouse {
    pub async fn check_invariants(&self) {
        self.0.assert_none(VIOLATIONS).await;
    }
}

const VIOLATIONS: &str = "
    with held as (
        select product_id, sum(quantity) as pieces
        from reservation_lines
        join reservations using (order_id)
        where status = 'RESERVED'
        group by product_id
    )
    select 'product ' || id || ' has ' || reserved || ' reserved and ' || coalesce(pieces, 0) || ' in reservations'
    from products left join held on product_id = id
    where reserved <> coalesce(pieces, 0) or reserved > stocked or reserved < 0
    union all
    select 'order ' || order_id || ' is ' || status || ' and has the wrong number of lines'
    from reservations
    where (status = 'VOID') = exists (
        select from reservation_lines line where line.order_id = reservations.order_id
    )";
