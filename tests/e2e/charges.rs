//! What billing's charges say, beyond the barrier.

use harness::{purchase::PRICE, stack::Stack, unique};
use serde_json::json;

#[tokio::test]
async fn a_charge_says_what_it_took() {
    let stack = Stack::connect();
    let customer = stack.customer();
    customer.deposit(PRICE).await;
    let order = unique::id();
    let charge = json!({"userId": customer.id, "amount": PRICE});
    let body = stack.billing().put(order, &charge).await.expect(201);
    assert_eq!(
        body,
        json!({"orderId": order, "status": "CHARGED", "amount": PRICE})
    );
    assert_eq!(
        stack.billing().delete(order).await.expect(200),
        json!({"orderId": order, "status": "REFUNDED"})
    );
}

#[tokio::test]
async fn the_last_kopeck_can_be_charged_and_no_more() {
    let stack = Stack::connect();
    let customer = stack.customer();
    customer.deposit(100).await;
    let charge = |amount: i64| json!({"userId": customer.id, "amount": amount});
    stack
        .billing()
        .put(unique::id(), &charge(101))
        .await
        .problem(409, "INSUFFICIENT_FUNDS");
    let order = unique::id();
    stack.billing().put(order, &charge(100)).await.expect(201);
    stack
        .billing()
        .put(unique::id(), &charge(1))
        .await
        .problem(409, "INSUFFICIENT_FUNDS");
    assert_eq!(customer.balance().await, 0);
    stack.billing().undone(order).await;
}

#[tokio::test]
async fn a_customer_without_a_wallet_has_no_funds() {
    let stack = Stack::connect();
    let charge = json!({"userId": unique::id(), "amount": 1});
    stack
        .billing()
        .put(unique::id(), &charge)
        .await
        .problem(409, "INSUFFICIENT_FUNDS");
}

#[tokio::test]
async fn the_same_charge_of_another_user_is_a_mismatch() {
    let stack = Stack::connect();
    let (one, other) = (stack.customer(), stack.customer());
    one.deposit(100).await;
    other.deposit(100).await;
    let order = unique::id();
    stack
        .billing()
        .put(order, &json!({"userId": one.id, "amount": 100}))
        .await
        .expect(201);
    stack
        .billing()
        .put(order, &json!({"userId": other.id, "amount": 100}))
        .await
        .problem(409, "CHARGE_MISMATCH");
    assert_eq!(other.balance().await, 100);
    stack.billing().undone(order).await;
}

#[tokio::test]
async fn bad_charges_are_refused_field_by_field() {
    let stack = Stack::connect();
    let (order, user) = (unique::id(), unique::id());
    let put = |body| {
        let billing = stack.billing();
        async move { billing.put(order, &body).await }
    };
    put(json!({})).await.invalid(&["/userId", "/amount"]);
    put(json!({"userId": "me", "amount": 0}))
        .await
        .invalid(&["/userId", "/amount"]);
    put(json!({"userId": user, "amount": 1_000_000_000_001_i64}))
        .await
        .invalid(&["/amount"]);
    put(json!({"userId": user, "amount": 1.0}))
        .await
        .invalid(&["/amount"]);
    put(json!({"userId": user, "amount": 1, "note": ""}))
        .await
        .invalid(&["/note"]);
    put(json!([])).await.invalid(&[""]);
    let path = stack.billing().path("no-uuid");
    stack
        .client
        .put(path)
        .bearer(&harness::tokens::service("order", "billing"))
        .json(&json!({}))
        .send()
        .await
        .refused(404);
}
