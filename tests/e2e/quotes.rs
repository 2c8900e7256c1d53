//! What an order would cost: the same prices and refusals, and nothing is made.

use harness::{
    answer::Answer,
    dates,
    order::{Order, Page},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

async fn quote(purchase: &Purchase, body: &Value) -> Answer {
    let call = purchase.customer.post("/api/orders/quote").json(body);
    call.send().await
}

#[tokio::test]
async fn a_quote_is_what_the_order_costs() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 5).await;
    let before = purchase.holdings().await;
    let other = purchase.admin.product(7, 0).await;
    let items = json!([
        {"productId": purchase.product, "quantity": 3},
        {"productId": other},
    ]);
    let dated = json!({"items": items, "deliveryDate": purchase.date});
    let quoted = quote(&purchase, &dated).await.expect(200);
    assert_eq!(quoted["total"], 3 * PRICE + 7);
    assert_eq!(quoted.as_object().map(|fields| fields.len()), Some(3));
    assert_eq!(
        quote(&purchase, &json!({"items": items})).await.expect(200),
        quoted,
        "the date may be left out"
    );

    let orders: Page<Order> = purchase
        .customer
        .get("/api/orders")
        .send()
        .await
        .status(200)
        .read();
    assert!(orders.items.is_empty(), "nothing was ordered");
    assert_eq!(purchase.holdings().await, before, "nothing is held");

    let placed = purchase.customer.post("/api/orders").json(&dated);
    let placed = placed.send().await.expect(201);
    for field in ["items", "total", "currency"] {
        assert_eq!(placed[field], quoted[field], "{field}");
    }
}

#[tokio::test]
async fn a_quote_is_refused_as_the_order_would_be() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 1).await;
    let product = json!({"productId": purchase.product});
    let unknown = json!({"items": [product, {"productId": unique::id()}]});
    let problem = quote(&purchase, &unknown)
        .await
        .problem(422, "PRODUCT_NOT_FOUND");
    assert_eq!(problem["errors"][0]["pointer"], "/items/1/productId");

    let dear = purchase.admin.product(1_000_000_000_000, 1).await;
    let body = json!({"items": [product, {"productId": dear}]});
    quote(&purchase, &body)
        .await
        .problem(422, "TOTAL_TOO_LARGE");

    let today = dates::today().await;
    for (body, pointers) in [
        (json!({}), vec!["/items"]),
        (json!({"items": []}), vec!["/items"]),
        (
            json!({"items": [product, product]}),
            vec!["/items/1/productId"],
        ),
        (
            json!({"items": [{"productId": purchase.product, "quantity": 0}], "courierId": 1}),
            vec!["/items/0/quantity", "/courierId"],
        ),
        (
            json!({"items": [product], "deliveryDate": today.pred_opt()}),
            vec!["/deliveryDate"],
        ),
        (
            json!({"items": [product], "deliveryDate": today + chrono::Days::new(366)}),
            vec!["/deliveryDate"],
        ),
    ] {
        quote(&purchase, &body).await.invalid(&pointers);
    }
    let body = json!({"items": [product], "deliveryDate": today});
    quote(&purchase, &body).await.expect(200);
}
