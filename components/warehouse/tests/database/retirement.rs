//! Retired products.

use serde_json::{Value, json};
use sql_tests::{open, open_several};
use uuid::Uuid;

use super::Warehouse;

#[tokio::test]
async fn a_retired_product_is_not_quoted_and_not_reserved() {
    let db: Warehouse = open().await;
    let (tea, cup) = (db.product(5).await, db.product(5).await);
    let before = Uuid::now_v7();
    assert_eq!(db.reserve(before, &[(tea, 2)]).await, "RESERVED");
    db.change(tea, json!({ "active": false })).await;

    let ids = json!([tea, cup]);
    let prices: Value = db.0.value("select prices($1)", &[&ids]).await;
    assert_eq!(prices.as_array().map(Vec::len), Some(1));
    assert_eq!(prices[0]["id"], json!(cup));
    let refused = db.reservation(Uuid::now_v7(), &[(cup, 1), (tea, 1)]).await;
    assert_eq!(
        refused,
        json!({ "outcome": "PRODUCT_NOT_FOUND", "lines": [{ "place": 1 }] })
    );

    // What is reserved stays, and goes back when it is released.
    assert_eq!(db.reserve(before, &[(tea, 2)]).await, "REPEATED");
    assert_eq!(db.release(before).await, "RELEASED");
    assert_eq!(db.quantity(tea).await, 5);
    db.change(tea, json!({ "active": true })).await;
    assert_eq!(db.reserve(Uuid::now_v7(), &[(tea, 5)]).await, "RESERVED");
    db.check_invariants().await;
}

#[tokio::test]
async fn a_reservation_waits_for_a_retirement() {
    let [db, observer, other]: [Warehouse; 3] = open_several().await;
    let tea = db.product(5).await;
    db.0.run("begin").await;
    db.change(tea, json!({ "active": false })).await;
    let order = tokio::spawn(async move { other.reserve(Uuid::now_v7(), &[(tea, 1)]).await });
    observer.0.assert_one_waits().await;
    db.0.run("commit").await;
    assert_eq!(order.await.unwrap(), "PRODUCT_NOT_FOUND");
}
