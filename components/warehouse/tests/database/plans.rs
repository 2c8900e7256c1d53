//! No function of a hot path reads a whole table, not even with a plan that was made when the table was small.

use serde_json::Value;
use sql_tests::plans::assert_read_by_index;
use uuid::Uuid;

use super::Warehouse;

fn fill(products: u32) -> String {
    format!(
        "insert into products (id, name, folded_name, price, stocked)
        select gen_random_uuid(), 'Tea', 'tea', 100, 1 from generate_series(1, {products});
        insert into product_grams select id, grams(folded_name) from products on conflict do nothing;
        with made as (
            insert into reservations (order_id, status)
            select gen_random_uuid(), 'RESERVED' from generate_series(1, {products})
            returning order_id
        )
        insert into reservation_lines (order_id, product_id, quantity)
        select order_id, (select id from products limit 1), 1 from made;"
    )
}

/// Often enough that the session keeps a plan for any values.
async fn call_every_function(db: &Warehouse) {
    let products = [db.product(99).await, db.product(99).await];
    for _ in 0..8 {
        let order = Uuid::now_v7();
        let items = products.map(|product| (product, 1));
        let too_many = [(products[0], 1000)];
        assert_eq!(db.reserve(order, &items).await, "RESERVED");
        assert_eq!(db.reserve(order, &items).await, "REPEATED");
        assert_eq!(db.reserve(Uuid::now_v7(), &too_many).await, "OUT_OF_STOCK");
        assert_eq!(db.release(order).await, "RELEASED");
        assert_eq!(db.release(Uuid::now_v7()).await, "VOID");
        db.set_quantity(products[0], 99).await;
        let ids = Value::from(products.map(|product| product.to_string()).to_vec());
        let _: Value = db.0.value("select prices($1)", &[&ids]).await;
        db.rename(products[1], "Cup").await;
    }
}

#[tokio::test]
async fn every_function_uses_indexes() {
    assert_read_by_index(
        &fill(80),
        &fill(20_000),
        &[
            "products",
            "product_grams",
            "reservations",
            "reservation_lines",
        ],
        call_every_function,
    )
    .await;
}
