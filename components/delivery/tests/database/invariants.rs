//! The invariants of delivery's tables.

use super::Delivery;

impl Delivery {
    pub async fn check_invariants(&self) {
        self.0.assert_none(VIOLATIONS).await;
    }
}

const VIOLATIONS: &str = "
    select 'courier ' || courier_id || ' is reserved ' || count(*) || ' times on ' || date
    from reservations
    where status = 'RESERVED'
    group by courier_id, date
    having count(*) > 1
    union all
    select 'courier ' || id || ' has a load of ' || load || ' and is reserved on ' || taken || ' dates'
    from couriers,
    lateral (
        select count(*) as taken from reservations where courier_id = id and status = 'RESERVED'
    ) slots
    where load <> taken or jsonb_array_length(courier_document(couriers) -> 'availabilitySlot') <> taken";
