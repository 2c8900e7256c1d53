//! Couriers: at most one active reservation per courier and date.

use crate::databases::Database;

const CHECKS: [&str; 2] = [
    "select format('courier %s is taken %s times on %s', courier_id, count(*), date)
     from reservations
     where status = 'RESERVED'
     group by courier_id, date
     having count(*) > 1",
    "select format('courier %s counts %s dates and is taken on %s', courier.id, courier.load, taken.dates)
     from couriers courier
     cross join lateral (
         select count(*) as dates from reservations where courier_id = courier.id and status = 'RESERVED'
     ) taken
     where courier.load <> taken.dates",
];

pub(super) async fn violations(delivery: &Database) -> Vec<String> {
    let mut found = Vec::new();
    for check in CHECKS {
        found.extend(delivery.texts(check, &[]).await);
    }
    found
}
