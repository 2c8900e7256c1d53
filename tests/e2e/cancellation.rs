//! A customer's cancellation: before the order is ready, after, too late, and twice.

use harness::{
    dates,
    order::{CancellationCode, Order, SagaState, Status, StepState},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::json;

#[tokio::test]
async fn cancelling_a_ready_order_undoes_every_step() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let before = purchase.holdings().await;
    let ready = purchase.place_and_wait().await;
    assert!(ready.is_ready(), "{ready:#?}");
    assert_eq!(purchase.holdings().await.balance, 0);

    let cancelled: Order = purchase.customer.cancel(ready.id).await.status(200).read();
    assert_eq!(
        cancelled.status,
        Status::Cancelled,
        "already cancelled in the answer"
    );
    assert_eq!(
        cancelled.cancellation_code(),
        Some(CancellationCode::CancelledByUser)
    );
    assert!(
        matches!(
            cancelled.saga.state,
            SagaState::Compensating | SagaState::Compensated
        ),
        "{cancelled:#?}"
    );

    let ended = purchase.customer.wait_for_end(ready.id).await;
    assert_eq!(ended.saga.state, SagaState::Compensated);
    assert_eq!(ended.steps(), [StepState::Undone; 3]);
    assert_eq!(ended.statuses()[4..], [Status::Ready, Status::Cancelled]);
    assert_eq!(
        (cancelled.courier_id, ended.courier_id),
        (None, None),
        "a cancelled order has no courier"
    );
    assert_eq!(purchase.holdings().await, before);
}

#[tokio::test]
async fn an_order_can_be_cancelled_at_any_step() {
    let system = System::connect();
    let purchase = Purchase::with(&system, PRICE, 1).await;
    let before = purchase.holdings().await;
    for _ in 0..6 {
        let placed = purchase.place().await;
        let cancelled: Order = purchase.customer.cancel(placed.id).await.status(200).read();
        assert_eq!(cancelled.status, Status::Cancelled);
        let ended = purchase.customer.wait_for_end(placed.id).await;
        assert_eq!(ended.saga.state, SagaState::Compensated, "{ended:#?}");
        assert_eq!(
            ended.cancellation_code(),
            Some(CancellationCode::CancelledByUser)
        );
        assert_eq!(
            ended.timeline.last().map(|entry| entry.status),
            Some(Status::Cancelled)
        );
        assert!(
            ended
                .steps()
                .iter()
                .all(|state| matches!(state, StepState::Undone | StepState::Waiting)),
            "every step that was started is undone: {ended:#?}"
        );
        assert_eq!(purchase.holdings().await, before);
    }
}

#[tokio::test]
async fn a_cancelled_order_cannot_be_cancelled_again() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    purchase.customer.cancel(order.id).await.status(200);
    purchase
        .customer
        .cancel(order.id)
        .await
        .problem(409, "ALREADY_CANCELLED");
    purchase.customer.wait_for_end(order.id).await;
    purchase
        .customer
        .cancel(order.id)
        .await
        .problem(409, "ALREADY_CANCELLED");
    assert_eq!(purchase.holdings().await.balance, PRICE);
}

#[tokio::test]
async fn a_failed_order_is_already_cancelled() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 1).await;
    let order = purchase.place_and_wait().await;
    assert_eq!(
        order.cancellation_code(),
        Some(CancellationCode::PaymentFailed)
    );
    purchase
        .customer
        .cancel(order.id)
        .await
        .problem(409, "ALREADY_CANCELLED");
    let after = purchase.customer.order(order.id).await;
    assert_eq!(
        after.cancellation_code(),
        Some(CancellationCode::PaymentFailed),
        "the first reason stays"
    );
}

#[tokio::test]
async fn of_many_cancellations_at_once_one_succeeds() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let answers =
        futures::future::join_all((0..6).map(|_| purchase.customer.cancel(order.id))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.problem(409, "ALREADY_CANCELLED");
    }
    let ended = purchase.customer.wait_for_end(order.id).await;
    assert_eq!(
        ended
            .statuses()
            .iter()
            .filter(|status| **status == Status::Cancelled)
            .count(),
        1
    );
    assert_eq!(purchase.holdings().await.balance, PRICE, "refunded once");
}

#[tokio::test]
async fn on_the_delivery_date_it_is_too_late() {
    let system = System::connect();
    let mut purchase = Purchase::affordable(&system).await;
    purchase.date = dates::today().await;
    let order = purchase.place_and_wait().await;
    assert!(order.is_ready(), "{order:#?}");
    purchase
        .customer
        .cancel(order.id)
        .await
        .problem(409, "TOO_LATE");
    let after = purchase.customer.order(order.id).await;
    assert_eq!(
        (after.status, after.saga.state),
        (Status::Ready, SagaState::Completed)
    );
    assert_eq!(purchase.holdings().await.balance, 0);
}

#[tokio::test]
async fn on_the_delivery_date_a_failed_order_is_still_already_cancelled() {
    let system = System::connect();
    let mut purchase = Purchase::with(&system, 0, 1).await;
    purchase.date = dates::today().await;
    let order = purchase.place_and_wait().await;
    purchase
        .customer
        .cancel(order.id)
        .await
        .problem(409, "ALREADY_CANCELLED");
}

#[tokio::test]
async fn released_items_can_be_bought_by_another() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    purchase.customer.cancel(order.id).await.status(200);
    purchase.customer.wait_for_end(order.id).await;

    let other = system.customer();
    other.deposit(PRICE).await;
    let bought = other.place_and_wait(&purchase.body()).await;
    assert!(bought.is_ready(), "{bought:#?}");
}

#[tokio::test]
async fn cancelling_ignores_the_body_and_its_type() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let path = format!("/api/orders/{}/cancel", order.id);
    purchase
        .customer
        .post(path)
        .body("text/plain", "never mind")
        .send()
        .await
        .status(200);
    purchase.customer.wait_for_end(order.id).await;
}

#[tokio::test]
async fn an_unknown_order_cannot_be_cancelled() {
    let customer = System::connect().customer();
    customer.cancel(unique::id()).await.any_problem(404);
}

#[tokio::test]
async fn a_cancelled_order_has_no_active_reservation() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    purchase.customer.cancel(order.id).await.status(200);
    purchase.customer.wait_for_end(order.id).await;

    let charge = json!({"userId": purchase.customer.id, "amount": PRICE});
    system
        .billing()
        .put(order.id, &charge)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    let items = json!({"items": [{"productId": purchase.product, "quantity": 1}]});
    system
        .warehouse()
        .put(order.id, &items)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    let courier = json!({"date": purchase.date, "courierId": purchase.courier});
    system
        .delivery()
        .put(order.id, &courier)
        .await
        .problem(409, "ALREADY_COMPENSATED");
    assert_eq!(system.billing().undo(order.id).await, "REFUNDED");
    assert_eq!(system.warehouse().undo(order.id).await, "RELEASED");
    assert_eq!(system.delivery().undo(order.id).await, "RELEASED");
}
