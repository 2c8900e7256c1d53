//! Billing's charges, apart from the barrier.

use harness::{purchase::PRICE, system::System, unique};
use serde_json::json;

#[tokio::test]
async fn the_answer_of_a_charge_has_its_amount() {
    let system = System::connect();
    let customer = system.customer();
    customer.deposit(PRICE).await;
    let order = unique::id();
    let charge = json!({"userId": customer.id, "amount": PRICE});
    let body = system.billing().put(order, &charge).await.expect(201);
    assert_eq!(
        body,
        json!({"orderId": order, "status": "CHARGED", "amount": PRICE})
    );
    assert_eq!(
        system.billing().delete(order).await.expect(200),
        json!({"orderId": order, "status": "REFUNDED"})
    );
}

#[tokio::test]
async fn a_whole_balance_can_be_charged_and_no_more() {
    let system = System::connect();
    let customer = system.customer();
    customer.deposit(100).await;
    let charge = |amount: i64| json!({"userId": customer.id, "amount": amount});
    system
        .billing()
        .put(unique::id(), &charge(101))
        .await
        .problem(409, "INSUFFICIENT_FUNDS");
    let order = unique::id();
    system.billing().put(order, &charge(100)).await.expect(201);
    system
        .billing()
        .put(unique::id(), &charge(1))
        .await
        .problem(409, "INSUFFICIENT_FUNDS");
    assert_eq!(customer.balance().await, 0);
    system.billing().undo(order).await;
}

#[tokio::test]
async fn a_customer_without_a_wallet_has_no_funds() {
    let system = System::connect();
    let charge = json!({"userId": unique::id(), "amount": 1});
    system
        .billing()
        .put(unique::id(), &charge)
        .await
        .problem(409, "INSUFFICIENT_FUNDS");
}

#[tokio::test]
async fn the_same_charge_of_another_user_is_a_mismatch() {
    let system = System::connect();
    let (one, other) = (system.customer(), system.customer());
    one.deposit(100).await;
    other.deposit(100).await;
    let order = unique::id();
    system
        .billing()
        .put(order, &json!({"userId": one.id, "amount": 100}))
        .await
        .expect(201);
    system
        .billing()
        .put(order, &json!({"userId": other.id, "amount": 100}))
        .await
        .problem(409, "CHARGE_MISMATCH");
    assert_eq!(other.balance().await, 100);
    system.billing().undo(order).await;
}

#[tokio::test]
async fn an_invalid_charge_has_an_error_for_each_field() {
    let system = System::connect();
    let (order, user) = (unique::id(), unique::id());
    let put = |body| {
        let billing = system.billing();
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
    let path = system.billing().path("no-uuid");
    system
        .client
        .put(path)
        .bearer(&harness::tokens::service("order", "billing"))
        .json(&json!({}))
        .send()
        .await
        .any_problem(404);
}
