//! No statement of a hot path reads a whole table, not even by a plan from the time when it was small.

use postgres_server::read_by_index;
use serde_json::Value;
use uuid::Uuid;

use super::{Warehouse, connect, database};

fn fill(products: u32) -> String {
    format!(
        "insert into products (id, name, folded_name, price, stocked)
        select gen_random_uuid(), 'Tea', 'tea', 100, 1 from generate_series(1, {products});
        with made as (
            insert into reservations (order_id, status)
            select gen_random_uuid(), 'RESERVED' from generate_series(1, {products})
            returning order_id
        )
        insert into reservation_lines (order_id, product_id, quantity)
        select order_id, (select id from products limit 1), 1 from made;"
    )
}

/// Everything often enough that the session keeps a plan for any values.
async fn use_everything(db: &Warehouse) {
    let products = [db.product(99).await, db.product(99).await];
    for _ in 0..8 {
        let order = Uuid::now_v7();
        let items = products.map(|product| (product, 1));
        let too_much = [(products[0], 1000)];
        assert_eq!(db.reserve(order, &items).await, "RESERVED");
        assert_eq!(db.reserve(order, &items).await, "REPEATED");
        assert_eq!(db.reserve(Uuid::now_v7(), &too_much).await, "OUT_OF_STOCK");
        assert_eq!(db.release(order).await, "RELEASED");
        assert_eq!(db.release(Uuid::now_v7()).await, "VOID");
        db.set_quantity(products[0], 99).await;
        let asked = Value::from(products.map(|product| product.to_string()).to_vec());
        let _: Value = db.answer("select prices($1)", &[&asked]).await;
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
    run(fill(20_000)).await;
    db.0.batch_execute("begin").await.unwrap();
    use_everything(&db).await;
    let tables = ["products", "reservations", "reservation_lines"];
    read_by_index(&db.0, &tables, 8).await.unwrap();
}
