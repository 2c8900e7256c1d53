//! The catalogue.

use serde_json::Value;
use uuid::Uuid;

use super::{Warehouse, warehouse};

async fn change(
    db: &Warehouse,
    id: Uuid,
    change: (Option<&str>, bool, Option<&str>, Option<i64>),
) -> Option<Value> {
    let (name, describe, description, price) = change;
    let statement = "select change_product($1, $2, lower($2), $3, $4, $5, null)";
    db.answer(statement, &[&id, &name, &describe, &description, &price])
        .await
}

#[tokio::test]
async fn a_product_is_made_once_however_often_its_statement_runs() {
    let db = warehouse().await;
    let id = Uuid::now_v7();
    let made = db.create(id, "Tea", 3).await;
    assert_eq!(db.create(id, "Tea", 3).await, made);
    assert_eq!(
        (&made["id"], &made["quantity"], &made["description"]),
        (&id.to_string().into(), &3.into(), &Value::Null)
    );
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let db = warehouse().await;
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
async fn a_new_quantity_is_what_can_be_bought_besides_what_is_held() {
    let db = warehouse().await;
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
async fn prices_are_told_of_the_products_that_exist() {
    let db = warehouse().await;
    let (tea, stranger) = (db.product(0).await, Uuid::now_v7());
    let asked = Value::from(vec![stranger.to_string(), tea.to_string()]);
    let row =
        db.0.query_one("select prices($1)", &[&asked])
            .await
            .unwrap();
    assert_eq!(
        row.get::<_, Value>(0),
        serde_json::json!([{ "id": tea, "name": "Tea", "price": 100 }])
    );
}
