//! No function of a hot path reads a whole table, not even with a plan that was made when the table was small.

use sql_tests::plans::assert_read_by_index;
use uuid::Uuid;

use super::{Delivery, december};

fn fill(couriers: u32) -> String {
    format!(
        "insert into couriers (id, name)
        select gen_random_uuid(), 'Ann' from generate_series(1, {couriers});
        insert into reservations (order_id, status, date, courier_id)
        select gen_random_uuid(), 'RESERVED', date '2026-12-01' + day, id
        from (select id from couriers where load = 0 offset 5) couriers, generate_series(0, 4) day;
        update couriers set load = 5 where load = 0;
        insert into couriers (id, name, active)
        select gen_random_uuid(), 'Eve', false from generate_series(1, {couriers});
        insert into couriers (id, name) select gen_random_uuid(), 'Bob' from generate_series(1, 20);
        insert into days (date)
        select date '2010-01-01' + day from generate_series(1, {couriers}) day
        on conflict do nothing;"
    )
}

/// Often enough that the session keeps a plan for any values.
async fn call_every_function(db: &Delivery) {
    for _ in 0..8 {
        let order = Uuid::now_v7();
        assert_eq!(db.reserve(order, december(1), None).await, "RESERVED");
        assert_eq!(db.reserve(order, december(1), None).await, "REPEATED");
        assert_eq!(db.release(order).await, "RELEASED");
        assert_eq!(db.release(Uuid::now_v7()).await, "VOID");
    }
}

#[tokio::test]
async fn every_function_uses_indexes() {
    assert_read_by_index(
        &fill(80),
        &fill(4_000),
        &["couriers", "days", "reservations"],
        call_every_function,
    )
    .await;
}
