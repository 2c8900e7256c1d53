//! The warehouse's quotes and reservations, apart from the barrier.

use harness::{admin::id_of, system::System, unique};
use serde_json::{Value, json};
use uuid::Uuid;

fn items(wanted: &[(Uuid, i64)]) -> Value {
    let items: Vec<_> = wanted
        .iter()
        .map(|(id, quantity)| json!({"productId": id, "quantity": quantity}))
        .collect();
    json!({"items": items})
}

#[tokio::test]
async fn a_quote_has_prices_whatever_the_stock() {
    let system = System::connect();
    let admin = system.admin().await;
    let named = json!({"name": "Самовар", "price": 250, "quantity": 0});
    let one = id_of(
        &admin
            .post("/api/warehouse/products")
            .json(&named)
            .send()
            .await
            .expect(201),
    );
    let other = admin.product(3, 1).await;
    let quote = system
        .warehouse()
        .post("quotes")
        .json(&items(&[(one, 4), (other, 1_000)]))
        .send()
        .await
        .expect(200);
    assert_eq!(quote["total"], 4_000);
    assert_eq!(
        quote["items"][0],
        json!({"productId": one, "name": "Самовар", "unitPrice": 250, "quantity": 4})
    );
    assert_eq!(
        (
            &quote["items"][1]["productId"],
            &quote["items"][1]["unitPrice"]
        ),
        (&json!(other), &json!(3))
    );
}

#[tokio::test]
async fn a_quote_of_an_unknown_product_is_refused() {
    let system = System::connect();
    let known = system.admin().await.product(3, 1).await;
    let body = items(&[(known, 1), (unique::id(), 1)]);
    system
        .warehouse()
        .post("quotes")
        .json(&body)
        .send()
        .await
        .problem(409, "PRODUCT_NOT_FOUND");
}

#[tokio::test]
async fn the_highest_quote_is_a_number() {
    let system = System::connect();
    let admin = system.admin().await;
    let mut wanted = Vec::new();
    for _ in 0..3 {
        wanted.push((admin.product(1_000_000_000_000, 1).await, 1_000));
    }
    let quote = system
        .warehouse()
        .post("quotes")
        .json(&items(&wanted))
        .send()
        .await
        .expect(200);
    assert_eq!(quote["total"], 3_000_000_000_000_000_i64);
}

#[tokio::test]
async fn the_answer_of_a_reservation_has_its_items() {
    let system = System::connect();
    let admin = system.admin().await;
    let (one, other) = (admin.product(1, 2).await, admin.product(1, 9).await);
    let order = unique::id();
    let body = items(&[(one, 2), (other, 4)]);
    let reserved = system.warehouse().put(order, &body).await.expect(201);
    assert_eq!(
        (&reserved["orderId"], &reserved["status"]),
        (&json!(order), &json!("RESERVED"))
    );
    let mut held: Vec<(String, i64)> = reserved["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            (
                item["productId"].as_str().unwrap().to_owned(),
                item["quantity"].as_i64().unwrap(),
            )
        })
        .collect();
    held.sort_unstable();
    let mut wanted = vec![(one.to_string(), 2), (other.to_string(), 4)];
    wanted.sort_unstable();
    assert_eq!(held, wanted);
    assert_eq!(
        (admin.quantity(one).await, admin.quantity(other).await),
        (0, 5)
    );
    assert_eq!(
        system.warehouse().delete(order).await.expect(200),
        json!({"orderId": order, "status": "RELEASED"})
    );
    assert_eq!(
        (admin.quantity(one).await, admin.quantity(other).await),
        (2, 9)
    );
}

#[tokio::test]
async fn out_of_stock_reserves_nothing_and_names_each_product() {
    let system = System::connect();
    let admin = system.admin().await;
    let (plenty, few, none) = (
        admin.product(1, 50).await,
        admin.product(1, 2).await,
        admin.product(1, 0).await,
    );
    let body = items(&[(few, 3), (plenty, 50), (none, 1)]);
    let problem = system
        .warehouse()
        .put(unique::id(), &body)
        .await
        .problem(409, "OUT_OF_STOCK");
    let errors = problem["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 2, "{problem:#}");
    for (position, product) in [(0, few), (2, none)] {
        let names = |error: &Value| {
            let pointer = error["pointer"].as_str().unwrap_or("");
            pointer.starts_with(&format!("/items/{position}"))
                || error.to_string().contains(&product.to_string())
        };
        assert!(
            errors.iter().any(names),
            "{product} is not named in {problem:#}"
        );
    }
    assert_eq!(admin.quantity(plenty).await, 50);
    assert_eq!(admin.quantity(few).await, 2);
}

#[tokio::test]
async fn a_reservation_with_an_unknown_product_is_refused() {
    let system = System::connect();
    let admin = system.admin().await;
    let known = admin.product(1, 5).await;
    let body = items(&[(known, 1), (unique::id(), 1)]);
    system
        .warehouse()
        .put(unique::id(), &body)
        .await
        .problem(409, "PRODUCT_NOT_FOUND");
    assert_eq!(admin.quantity(known).await, 5);
}

#[tokio::test]
async fn the_admins_quantity_is_what_can_be_bought() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(1, 5).await;
    let order = unique::id();
    system
        .warehouse()
        .put(order, &items(&[(product, 2)]))
        .await
        .expect(201);
    assert_eq!(admin.quantity(product).await, 3);

    let path = format!("/api/warehouse/products/{product}");
    let patched = admin
        .patch(&path)
        .json(&json!({"quantity": 10}))
        .send()
        .await
        .expect(200);
    assert_eq!(patched["quantity"], 10);
    system.warehouse().undo(order).await;
    assert_eq!(
        admin.quantity(product).await,
        12,
        "what was held comes back on top"
    );

    let order = unique::id();
    system
        .warehouse()
        .put(order, &items(&[(product, 12)]))
        .await
        .expect(201);
    let patched = admin
        .patch(&path)
        .json(&json!({"quantity": 0}))
        .send()
        .await
        .expect(200);
    assert_eq!(patched["quantity"], 0);
    system.warehouse().undo(order).await;
    assert_eq!(admin.quantity(product).await, 12);
}

#[tokio::test]
async fn an_invalid_reservation_has_an_error_for_each_field() {
    let system = System::connect();
    let warehouse = system.warehouse();
    let product = unique::id();
    let body = json!({"items": [{"productId": "x", "quantity": 0}, {"productId": product, "quantity": "1"}]});
    warehouse.put(unique::id(), &body).await.invalid(&[
        "/items/0/productId",
        "/items/0/quantity",
        "/items/1/quantity",
    ]);
    warehouse
        .put(unique::id(), &json!({"items": []}))
        .await
        .invalid(&["/items"]);
    warehouse
        .put(unique::id(), &json!({"items": {}}))
        .await
        .invalid(&["/items"]);
    warehouse
        .put(unique::id(), &json!({}))
        .await
        .invalid(&["/items"]);
    let too_many: Vec<_> = (0..51).map(|_| (unique::id(), 1)).collect();
    warehouse
        .post("quotes")
        .json(&items(&too_many))
        .send()
        .await
        .invalid(&["/items"]);
    warehouse
        .post("quotes")
        .json(&items(&[(product, 1_001), (unique::id(), 0)]))
        .send()
        .await
        .invalid(&["/items/0/quantity", "/items/1/quantity"]);
    warehouse
        .post("quotes")
        .json(&json!({}))
        .send()
        .await
        .invalid(&["/items"]);
}
