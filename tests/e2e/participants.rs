//! `cargo xtask participant-check` on billing, warehouse and delivery: `docs/participant.md`.

use harness::environment::Environment;
use harness::purchase::{PRICE, Purchase};
use harness::{system::System, tokens};
use participant_check::{Target, check};
use serde_json::{Value, json};
use uuid::Uuid;

/// Checks the participant `name` with a step, another one, and one that is refused.
async fn assert_keeps_the_protocol(name: &str, resource: &str, bodies: [Value; 3]) {
    let path = format!("/internal/{name}/{resource}/{{orderId}}");
    let [body, other_body, refused_body] = bodies.map(|body| body.to_string());
    let target = Target {
        url: format!("{}{path}", Environment::get().origin_of(&path)),
        token: tokens::service("order", name),
        body,
        other_body,
        refused_body: Some(refused_body),
        rounds: 5,
    };
    let checked = tokio::task::spawn_blocking(move || check(&target)).await;
    let report = checked.expect("the check ends").expect("a right setup");
    assert_eq!(report.failed().count(), 0, "{name}\n{report}");
}

#[tokio::test]
async fn billing_keeps_the_protocol() {
    let system = System::connect();
    let user = Purchase::with(&system, 3 * PRICE, 0).await.customer.id;
    let amounts = [PRICE, PRICE + 1, 4 * PRICE];
    let bodies = amounts.map(|amount| json!({"userId": user, "amount": amount}));
    assert_keeps_the_protocol("billing", "charges", bodies).await;
}

#[tokio::test]
async fn warehouse_keeps_the_protocol() {
    let system = System::connect();
    let product = Purchase::with(&system, 0, 3).await.product;
    let bodies =
        [1, 2, 4].map(|quantity| json!({"items": [{"productId": product, "quantity": quantity}]}));
    assert_keeps_the_protocol("warehouse", "reservations", bodies).await;
}

#[tokio::test]
async fn delivery_keeps_the_protocol() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 0).await;
    let couriers = [
        purchase.courier,
        purchase.admin.courier().await,
        Uuid::now_v7(),
    ];
    let date = purchase.date;
    let bodies = couriers.map(|courier| json!({"date": date, "courierId": courier}));
    assert_keeps_the_protocol("delivery", "reservations", bodies).await;
}
