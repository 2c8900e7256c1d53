//! The failures of an order: its steps are undone, and nothing is left.

use harness::{
    order::{CancellationCode, Order, SagaState, Status, StepState},
    purchase::{PRICE, Purchase},
    system::System,
};
use serde_json::json;

/// Checks an order that a participant has refused.
fn check_refusal(order: &Order, code: CancellationCode, detail: &str) {
    assert_eq!(order.status, Status::Cancelled, "{order:#?}");
    assert_eq!(order.saga.state, SagaState::Compensated);
    let cancellation = order.cancellation.as_ref().expect("a cancellation");
    assert_eq!(cancellation.code, code);
    assert_eq!(cancellation.message, code.message("ru"));
    assert_eq!(cancellation.detail.as_deref(), Some(detail));
    assert_eq!(order.courier_id, None);
    let last = order.timeline.last().expect("a timeline");
    assert_eq!(
        (last.status, last.seq),
        (
            Status::Cancelled,
            i64::try_from(order.timeline.len()).unwrap()
        )
    );
}

#[tokio::test]
async fn without_enough_money_nothing_is_reserved() {
    let system = System::connect();
    let purchase = Purchase::with(&system, PRICE - 1, 1).await;
    let before = purchase.holdings().await;

    let order = purchase.place_and_wait().await;
    check_refusal(
        &order,
        CancellationCode::PaymentFailed,
        "billing: INSUFFICIENT_FUNDS",
    );
    assert_eq!(
        order.statuses(),
        [Status::Pending, Status::AwaitingPayment, Status::Cancelled]
    );
    assert_eq!(
        order.steps(),
        [StepState::Refused, StepState::Waiting, StepState::Waiting]
    );
    assert_eq!(purchase.holdings().await, before);
    assert_eq!(
        purchase.customer.transactions().await.len(),
        1,
        "only the deposit"
    );

    // The refused charge was undone as well, so a late copy of it charges nothing, even with enough money.
    purchase.customer.deposit(PRICE).await;
    let charge = json!({"userId": purchase.customer.id, "amount": PRICE});
    system
        .billing()
        .put(order.id, &charge)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    assert_eq!(purchase.customer.balance().await, 2 * PRICE - 1);
}

#[tokio::test]
async fn a_missing_wallet_has_no_money() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 1).await;
    let order = purchase.place_and_wait().await;
    check_refusal(
        &order,
        CancellationCode::PaymentFailed,
        "billing: INSUFFICIENT_FUNDS",
    );
}

#[tokio::test]
async fn a_product_out_of_stock_refunds_the_charge() {
    let system = System::connect();
    let purchase = Purchase::with(&system, PRICE, 0).await;
    let before = purchase.holdings().await;

    let order = purchase.place_and_wait().await;
    check_refusal(
        &order,
        CancellationCode::ItemReservationFailed,
        "warehouse: OUT_OF_STOCK",
    );
    assert_eq!(
        order.statuses(),
        [
            Status::Pending,
            Status::AwaitingPayment,
            Status::AwaitingItemReservation,
            Status::Cancelled
        ]
    );
    assert_eq!(
        order.steps(),
        [StepState::Undone, StepState::Refused, StepState::Waiting]
    );
    assert_eq!(purchase.holdings().await, before);

    let ledger = purchase.customer.transactions().await;
    let kinds: Vec<_> = ledger
        .iter()
        .map(|entry| entry["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["REFUND", "CHARGE", "DEPOSIT"]);
    assert_eq!(ledger[0]["orderId"], json!(order.id));
    assert_eq!(ledger[0]["balanceAfter"], PRICE);

    // A late copy reserves nothing, even with new stock.
    let restock = json!({"quantity": 5});
    purchase
        .admin
        .patch(format!("/api/warehouse/products/{}", purchase.product))
        .json(&restock)
        .send()
        .await
        .expect(200);
    let items = json!({"items": [{"productId": purchase.product, "quantity": 1}]});
    system
        .warehouse()
        .put(order.id, &items)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    assert_eq!(purchase.admin.quantity(purchase.product).await, 5);
}

#[tokio::test]
async fn a_reserved_courier_undoes_charge_and_items() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 2 * PRICE, 2).await;
    let first = purchase.place_and_wait().await;
    assert!(first.is_ready(), "{first:#?}");
    let before = purchase.holdings().await;
    assert!(before.courier_reserved);

    let order = purchase.place_and_wait().await;
    check_refusal(
        &order,
        CancellationCode::CourierReservationFailed,
        "delivery: NO_COURIER_AVAILABLE",
    );
    assert_eq!(
        order.statuses(),
        [
            Status::Pending,
            Status::AwaitingPayment,
            Status::AwaitingItemReservation,
            Status::AwaitingCourierReservation,
            Status::Cancelled,
        ]
    );
    assert_eq!(
        order.steps(),
        [StepState::Undone, StepState::Undone, StepState::Refused]
    );
    assert_eq!(
        purchase.holdings().await,
        before,
        "the first order keeps what it holds, the second nothing"
    );
    assert_eq!(
        purchase.customer.order(first.id).await.status,
        Status::Ready
    );

    // A late copy reserves no courier, even when the date is free again.
    purchase.customer.cancel(first.id).await.status(200);
    purchase.customer.wait_for_end(first.id).await;
    let reservation = json!({"date": purchase.date, "courierId": purchase.courier});
    system
        .delivery()
        .put(order.id, &reservation)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    assert!(!purchase.holdings().await.courier_reserved);
}

#[tokio::test]
async fn an_unknown_courier_undoes_charge_and_items() {
    let system = System::connect();
    let mut purchase = Purchase::affordable(&system).await;
    let before = purchase.holdings().await;
    let known = purchase.courier;
    purchase.courier = harness::unique::id();

    let order = purchase.place_and_wait().await;
    check_refusal(
        &order,
        CancellationCode::CourierReservationFailed,
        "delivery: COURIER_NOT_FOUND",
    );
    purchase.courier = known;
    assert_eq!(purchase.holdings().await, before);
}

#[tokio::test]
async fn an_order_with_one_product_out_of_stock_reserves_none() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 3).await;
    let scarce = purchase.admin.product(10, 1).await;
    let mut body = purchase.body();
    body["items"] = json!([{"productId": purchase.product, "quantity": 3}, {"productId": scarce, "quantity": 2}]);
    let before = purchase.holdings().await;

    let order = purchase.customer.place_and_wait(&body).await;
    check_refusal(
        &order,
        CancellationCode::ItemReservationFailed,
        "warehouse: OUT_OF_STOCK",
    );
    assert_eq!(purchase.holdings().await, before);
    assert_eq!(purchase.admin.quantity(scarce).await, 1);
}
