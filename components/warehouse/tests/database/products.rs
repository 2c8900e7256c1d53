//! The catalogue.

use serde_json::Value;
use sql_tests::{open, open_several};
use uuid::Uuid;

use super::Warehouse;

async fn change(
    db: &Warehouse,
    id: Uuid,
    change: (Option<&str>, bool, Option<&str>, Option<i64>),
) -> Option<Value> {
    let (name, describe, description, price) = change;
    let statement = "select change_product($1, $2, lower($2), $3, $4, $5, null)";
    db.0.value(statement, &[&id, &name, &describe, &description, &price])
        .await
}

#[tokio::test]
async fn a_product_is_created_once_even_if_the_statement_runs_twice() {
    let db: Warehouse = open().await;
    let id = Uuid::now_v7();
    let made = db.create(id, "Tea", 3).await;
    assert_eq!(db.create(id, "Tea", 3).await, made);
    assert_eq!(
        (&made["id"], &made["quantity"], &made["description"]),
        (&id.to_string().into(), &3.into(), &Value::Null)
    );
}

#[tokio::test]
async fn a_change_keeps_the_fields_that_are_missing() {
    let db: Warehouse = open().await;
    let id = db.product(3).await;
    let before = change(&db, id, (None, false, None, None)).await.unwrap();
    assert_eq!(
        (&before["name"], &before["price"], &before["quantity"]),
        (&"Tea".into(), &100.into(), &3.into())
    );
    let after = change(&db, id, (Some("Cup"), true, Some("Blue"), None))
        .await
        .unwrap();
    assert_eq!(
        (&after["name"], &after["description"], &after["price"]),
        (&"Cup".into(), &"Blue".into(), &100.into())
    );
    let after = change(&db, id, (None, true, None, Some(7))).await.unwrap();
    assert_eq!(
        (&after["name"], &after["description"], &after["price"]),
        (&"Cup".into(), &Value::Null, &7.into())
    );
    assert_eq!(
        change(&db, Uuid::now_v7(), (Some("Cup"), false, None, None)).await,
        None
    );
}

#[tokio::test]
async fn a_new_quantity_does_not_include_reserved_pieces() {
    let db: Warehouse = open().await;
    let (tea, order) = (db.product(5).await, Uuid::now_v7());
    db.reserve(order, &[(tea, 4)]).await;
    assert_eq!(db.set_quantity(tea, 0).await["quantity"], 0);
    assert_eq!(
        db.reserve(Uuid::now_v7(), &[(tea, 1)]).await,
        "OUT_OF_STOCK"
    );
    assert_eq!(db.set_quantity(tea, 2).await["quantity"], 2);
    db.release(order).await;
    assert_eq!(db.quantity(tea).await, 6);
    db.check_invariants().await;
}

#[tokio::test]
async fn prices_are_returned_for_products_that_exist() {
    let db: Warehouse = open().await;
    let (tea, unknown) = (db.product(0).await, Uuid::now_v7());
    let ids = Value::from(vec![unknown.to_string(), tea.to_string()]);
    let prices: Value = db.0.value("select prices($1)", &[&ids]).await;
    assert_eq!(
        prices,
        serde_json::json!([{ "id": tea, "name": "Tea", "price": 100 }])
    );
}

#[tokio::test]
async fn a_later_product_has_no_earlier_time() {
    let [db, observer, other]: [Warehouse; 3] = open_several().await;
    let first = db.product(1).await;
    // The clock was ahead when it was made, and has been set back.
    let ahead = "update products set created_at = now() + interval '1 h' where id = $1";
    db.0.execute(ahead, &[&first]).await;
    db.0.run("begin").await;
    let second = db.product(1).await;
    let third = tokio::spawn(async move { other.product(1).await });
    observer.0.assert_one_waits().await;
    db.0.run("commit").await;
    let third = third.await.unwrap();
    let made: Vec<Uuid> =
        db.0.values("select id from products order by created_at, number", &[])
            .await;
    assert_eq!(made, [first, second, third]);
    let numbered: Vec<Uuid> =
        db.0.values("select id from products order by number", &[])
            .await;
    assert_eq!(numbered, made);
}
