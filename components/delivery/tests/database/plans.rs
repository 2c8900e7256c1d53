//! No statement of a hot path reads a whole table, not even by a plan from the time when it was small.

use postgres_server::read_by_index;
use uuid::Uuid;

use super::{Delivery, connect, database, december};

fn fill(couriers: u32) -> String {
    format!(
        "insert into couriers (id, name)
        select gen_random_uuid(), 'Ann' from generate_series(1, {couriers});
        insert into reservations (order_id, status, date, courier_id)
        select gen_random_uuid(), 'RESERVED', date '2026-12-01' + day, id
        from (select id from couriers where load = 0 offset 5) couriers, generate_series(0, 4) day;
        update couriers set load = 5 where load = 0;
        insert into couriers (id, name) select gen_random_uuid(), 'Bob' from generate_series(1, 20);
        insert into days (date)
        select date '2010-01-01' + day from generate_series(1, {couriers}) day
        on conflict do nothing;"
    )
}

/// Everything often enough that the session keeps a plan for any values.
async fn use_everything(db: &Delivery) {
    for _ in 0..8 {
        let order = Uuid::now_v7();
        assert_eq!(db.reserve(order, december(1), None).await, "RESERVED");
        assert_eq!(db.reserve(order, december(1), None).await, "REPEATED");
        assert_eq!(db.release(order).await, "RELEASED");
        assert_eq!(db.release(Uuid::now_v7()).await, "VOID");
    }
}

#[tokio::test]
async fn every_function_goes_by_an_index() {
    let database = database().await;
    let filler = connect(&database).await;
    let run = async |statements: String| filler.0.batch_execute(&statements).await.unwrap();
    // What a session read is told at once to itself only, so this one reads nothing else.
    let db = connect(&database).await;
    run(fill(80) + "analyze;").await;
    use_everything(&db).await;
    run(fill(4_000)).await;
    db.0.batch_execute("begin").await.unwrap();
    use_everything(&db).await;
    let tables = ["couriers", "days", "reservations"];
    read_by_index(&db.0, &tables, 8).await.unwrap();
}
