//! The catalogue.

use serde_json::{Value, json};
use sql_tests::{open, open_several};
use uuid::Uuid;

use super::Warehouse;

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
    let mut expected = db.change(id, json!({})).await;
    assert_eq!(
        (&expected["name"], &expected["price"], &expected["active"]),
        (&"Tea".into(), &100.into(), &true.into())
    );
    for (field, value) in [
        ("name", json!("Cup")),
        ("description", json!("Blue")),
        ("price", json!(7)),
        ("quantity", json!(0)),
        ("active", json!(false)),
        ("description", Value::Null),
    ] {
        expected[field] = value.clone();
        assert_eq!(db.change(id, json!({ field: value })).await, expected);
    }
    assert_eq!(db.change(Uuid::now_v7(), json!({})).await, Value::Null);
}

#[tokio::test]
async fn a_change_that_runs_twice_changes_once_and_answers_as_before() {
    let db: Warehouse = open().await;
    let (tea, change) = (db.product(30).await, Uuid::now_v7());
    let fields = json!({ "quantity": 30, "price": 5 });
    let answer = db.update(change, tea, fields.clone()).await;
    // Between the two runs it is bought, and changed by another.
    db.reserve(Uuid::now_v7(), &[(tea, 30)]).await;
    db.change(tea, json!({ "price": 9 })).await;
    assert_eq!(db.update(change, tea, fields).await, answer);
    assert_eq!(db.quantity(tea).await, 0);
    assert_eq!(db.change(tea, json!({})).await["price"], 9);
    db.check_invariants().await;
}

#[tokio::test]
async fn a_product_that_is_made_twice_is_answered_as_it_was_made() {
    let db: Warehouse = open().await;
    let id = Uuid::now_v7();
    let made = db.create(id, "Tea", 3).await;
    db.change(id, json!({ "name": "Cup", "quantity": 1 })).await;
    assert_eq!(db.create(id, "Tea", 3).await, made);
    assert_eq!(db.quantity(id).await, 1);
}

#[tokio::test]
async fn a_second_run_waits_for_the_first() {
    let [db, observer, other]: [Warehouse; 3] = open_several().await;
    let (tea, change) = (db.product(1).await, Uuid::now_v7());
    db.0.run("begin").await;
    let answer = db.update(change, tea, json!({ "quantity": 5 })).await;
    let second =
        tokio::spawn(async move { other.update(change, tea, json!({ "quantity": 5 })).await });
    observer.0.assert_one_waits().await;
    db.0.run("commit").await;
    assert_eq!(second.await.unwrap(), answer);
    assert_eq!(db.0.rows_in("product_changes").await, 2);
}

#[tokio::test]
async fn changes_are_forgotten_after_a_day() {
    let db: Warehouse = open().await;
    let tea = db.product(1).await;
    db.set_quantity(tea, 2).await;
    let age = "update product_changes set created_at = created_at - interval '25 h'";
    db.0.run(age).await;
    db.set_quantity(tea, 3).await;
    assert_eq!(db.0.rows_in("product_changes").await, 1);
}

#[tokio::test]
async fn the_previous_release_changes_products_as_well() {
    let db: Warehouse = open().await;
    let tea = db.product(1).await;
    let statement = "select change_product($1, 'Cup', 'cup', false, null, 7, 4)";
    let changed: Value = db.0.value(statement, &[&tea]).await;
    assert_eq!(
        (&changed["name"], &changed["price"], &changed["quantity"]),
        (&"Cup".into(), &7.into(), &4.into())
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
    assert_eq!(prices, json!([{ "id": tea, "name": "Tea", "price": 100 }]));
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
