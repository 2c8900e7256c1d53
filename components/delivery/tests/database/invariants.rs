//! What is always true of delivery's tables.

use super::Delivery;

impl Delivery {
    /// Panics with the offenders when a rule does not hold.
    pub async fn check_invariants(&self) {
        let rows = self.0.query(BROKEN, &[]).await.unwrap();
        let broken: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

const BROKEN: &str = "
    select 'courier ' || courier_id || ' is taken ' || count(*) || ' times on ' || date
    from reservations
    where status = 'RESERVED'
    group by courier_id, date
    having count(*) > 1
    union all
    select 'courier ' || id || ' has a load of ' || load || ' and is taken on ' || taken || ' dates'
    from couriers,
    lateral (
        select count(*) as taken from reservations where courier_id = id and status = 'RESERVED'
    ) slots
    where load <> taken or jsonb_array_length(courier_document(couriers) -> 'availabilitySlot') <> taken";
