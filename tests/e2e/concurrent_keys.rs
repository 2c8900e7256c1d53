//! Concurrent calls under one idempotency key: one makes the row, the others wait and are replays.

use futures::future::join_all;
use harness::{
    order::{Order, Page},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

#[tokio::test]
async fn concurrent_deposits_under_one_key_are_one() {
    let customer = System::connect().customer();
    for _ in 0..5 {
        let before = customer.balance().await;
        let key = unique::name("key");
        let answers = join_all((0..8).map(|_| {
            customer
                .post("/api/billing/wallet/deposits")
                .key(&key)
                .json(&json!({"amount": 100}))
                .send()
        }))
        .await;
        let made = answers.iter().filter(|answer| !answer.is_replay()).count();
        assert_eq!(made, 1);
        let bodies: Vec<Value> = answers
            .into_iter()
            .map(|answer| answer.expect(201))
            .collect();
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
        assert_eq!(customer.balance().await, before + 100);
    }
}

#[tokio::test]
async fn concurrent_orders_under_one_key_are_one() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 10).await;
    let key = unique::name("key");
    let answers = join_all((0..8).map(|_| {
        purchase
            .customer
            .post("/api/orders")
            .key(&key)
            .json(&purchase.body())
            .send()
    }))
    .await;
    assert_eq!(
        answers.iter().filter(|answer| !answer.is_replay()).count(),
        1
    );
    let orders: Vec<Order> = answers
        .into_iter()
        .map(|answer| answer.status(201).read())
        .collect();
    assert!(orders.iter().all(|order| order.id == orders[0].id));
    purchase.customer.wait_for_end(orders[0].id).await;
    let list: Page<Order> = purchase
        .customer
        .get("/api/orders")
        .send()
        .await
        .status(200)
        .read();
    assert_eq!(list.items.len(), 1);
    assert_eq!(purchase.holdings().await.balance, 9 * PRICE);
}

#[tokio::test]
async fn of_concurrent_bodies_under_one_key_one_succeeds() {
    let customer = System::connect().customer();
    let key = unique::name("key");
    let answers = join_all((1..=6).map(|amount| {
        customer
            .post("/api/billing/wallet/deposits")
            .key(&key)
            .json(&json!({"amount": amount}))
            .send()
    }))
    .await;
    let (done, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(done.len(), 1);
    for answer in refused {
        answer.problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(json!(customer.balance().await), done[0].json()["amount"]);
}
