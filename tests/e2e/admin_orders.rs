//! The administrator sees and cancels anyone's orders.

use harness::{
    dates,
    order::{CancellationCode, CustomerOrder, Order, Page, SagaState, Status, StepState},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::json;
use uuid::Uuid;

/// The orders that a filter shows to the administrator, the first hundred.
async fn listed(purchase: &Purchase, filter: &str) -> Vec<CustomerOrder> {
    let path = format!("/api/orders/admin/orders?limit=100&{filter}");
    let page: Page<CustomerOrder> = purchase.admin.get(path).send().await.status(200).read();
    page.items
}

#[tokio::test]
async fn the_administrator_sees_anyones_orders_by_customer_status_and_date() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let ready = purchase.place_and_wait().await;
    let refused = purchase.place_and_wait().await;
    let user = purchase.customer.id;
    let ids = async |filter: &str| -> Vec<Uuid> {
        let found = listed(&purchase, &format!("userId={user}{filter}")).await;
        assert!(found.iter().all(|it| it.user_id == user));
        found.iter().map(|it| it.order.id).collect()
    };
    let today = dates::today().await;
    let (yesterday, tomorrow) = (today.pred_opt().unwrap(), today.succ_opt().unwrap());
    assert_eq!(ids("").await, [refused.id, ready.id], "newest first");
    assert_eq!(ids("&status=READY").await, [ready.id]);
    assert_eq!(ids("&status=CANCELLED").await, [refused.id]);
    assert_eq!(ids("&status=PENDING").await, Vec::<Uuid>::new());
    assert_eq!(
        ids(&format!("&from={yesterday}&to={tomorrow}")).await.len(),
        2
    );
    assert_eq!(ids(&format!("&from={tomorrow}")).await, Vec::<Uuid>::new());
    assert_eq!(ids(&format!("&to={yesterday}")).await, Vec::<Uuid>::new());
    assert_eq!(
        ids(&format!("&status=READY&from={yesterday}")).await,
        [ready.id]
    );

    let first = purchase
        .admin
        .get(format!("/api/orders/admin/orders?userId={user}&limit=1"))
        .send()
        .await
        .status(200);
    let first: Page<CustomerOrder> = first.read();
    let cursor = first.next_cursor.expect("a second page");
    assert_eq!(ids(&format!("&cursor={cursor}")).await, [ready.id]);
    assert_eq!(
        ids(&format!("&to={tomorrow}&cursor={cursor}")).await,
        [ready.id]
    );

    for status in ["", "status=READY"] {
        let newest = listed(&purchase, status).await;
        let mut times: Vec<_> = newest.iter().map(|it| it.order.created_at).collect();
        times.reverse();
        assert!(times.is_sorted(), "in the order of createdAt");
    }

    let path = format!("/api/orders/admin/orders/{}", ready.id);
    let shown: CustomerOrder = purchase.admin.get(path).send().await.status(200).read();
    let own = purchase.customer.order(ready.id).await;
    assert_eq!((shown.user_id, shown.order), (user, own));
}

#[tokio::test]
async fn filters_of_orders_take_only_their_values() {
    let system = System::connect();
    let admin = system.admin().await;
    for (bad, pointer) in [
        ("status=ready", "/status"),
        ("userId=me", "/userId"),
        ("from=yesterday", "/from"),
        ("to=2026-02-30", "/to"),
        ("from=2026-12-02&to=2026-12-01", "/to"),
    ] {
        let path = format!("/api/orders/admin/orders?{bad}");
        admin.get(path).send().await.invalid(&[pointer]);
    }
    for good in [
        "from=0001-01-01&to=9999-12-31",
        "from=0000-01-01",
        "to=0000-01-01",
    ] {
        let path = format!("/api/orders/admin/orders?limit=1&{good}");
        admin.get(path).send().await.status(200);
    }
    let unknown = format!("/api/orders/admin/orders/{}", unique::id());
    admin.get(unknown).send().await.any_problem(404);
}

#[tokio::test]
async fn the_shop_cancels_an_order_with_a_reason() {
    let system = System::connect();
    let mut purchase = Purchase::affordable(&system).await;
    purchase.date = dates::today().await;
    let ready = purchase.place_and_wait().await;
    assert!(ready.is_ready(), "{ready:#?}");
    purchase
        .customer
        .cancel(ready.id)
        .await
        .problem(409, "TOO_LATE");

    let reason = "Склад закрыт";
    let answer = purchase.admin.cancel(ready.id, reason).await.status(200);
    let cancelled: CustomerOrder = answer.read();
    assert_eq!(cancelled.user_id, purchase.customer.id);
    assert_eq!(cancelled.order.status, Status::Cancelled);

    let ended = purchase.customer.wait_for_end(ready.id).await;
    assert_eq!(ended.saga.state, SagaState::Compensated);
    assert_eq!(ended.steps(), [StepState::Undone; 3]);
    let cancellation = ended.cancellation.as_ref().expect("a cancellation");
    assert_eq!(cancellation.code, CancellationCode::CancelledByShop);
    assert_eq!(cancellation.message, "Отменено магазином");
    assert_eq!(cancellation.detail.as_deref(), Some(reason));
    let last = ended.timeline.last().expect("a timeline");
    assert_eq!(
        (last.status, last.note.as_deref()),
        (Status::Cancelled, Some(reason))
    );
    assert_eq!(ended.courier_id, None);
    assert_eq!(
        purchase.customer.balance().await,
        PRICE,
        "the money is back"
    );
    assert_eq!(purchase.admin.quantity(purchase.product).await, 1);

    let path = format!("/api/orders/{}", ready.id);
    let english = purchase.customer.get(path).language("en").send().await;
    let english: Order = english.status(200).read();
    let cancellation = english.cancellation.expect("a cancellation");
    assert_eq!(cancellation.message, "Cancelled by the shop");
    assert_eq!(cancellation.detail.as_deref(), Some(reason));

    let again = purchase.admin.cancel(ready.id, "again").await;
    again.problem(409, "ALREADY_CANCELLED");
    let other = purchase.customer.cancel(ready.id).await;
    other.problem(409, "ALREADY_CANCELLED");
}

#[tokio::test]
async fn an_order_can_be_cancelled_by_the_shop_at_any_step() {
    let system = System::connect();
    let purchase = Purchase::with(&system, PRICE, 1).await;
    let before = purchase.holdings().await;
    for _ in 0..4 {
        let placed = purchase.place().await;
        purchase.admin.cancel(placed.id, "x").await.status(200);
        let ended = purchase.customer.wait_for_end(placed.id).await;
        assert_eq!(ended.saga.state, SagaState::Compensated, "{ended:#?}");
        assert_eq!(
            ended.cancellation_code(),
            Some(CancellationCode::CancelledByShop)
        );
        assert_eq!(purchase.holdings().await, before);
    }
}

#[tokio::test]
async fn of_the_customer_and_the_shop_one_cancels() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let (customer, shop) = futures::future::join(
        purchase.customer.cancel(order.id),
        purchase.admin.cancel(order.id, "x"),
    )
    .await;
    let mut statuses = [customer.status, shop.status];
    statuses.sort();
    assert_eq!(statuses, [200, 409]);
    let ended = purchase.customer.wait_for_end(order.id).await;
    assert_eq!(ended.statuses().len(), 6, "cancelled once");
    assert_eq!(purchase.holdings().await.balance, PRICE, "refunded once");
}

#[tokio::test]
async fn a_reason_has_1_to_200_characters() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let path = format!("/api/orders/admin/orders/{}/cancel", order.id);
    let long = "ж".repeat(201);
    for body in [
        json!({}),
        json!({"reason": ""}),
        json!({"reason": long}),
        json!({"reason": null}),
        json!({"reason": 7}),
    ] {
        let call = purchase.admin.post(&path).json(&body);
        call.send().await.invalid(&["/reason"]);
    }
    let unknown = purchase.admin.cancel(unique::id(), "x").await;
    unknown.any_problem(404);
    let longest = "ж".repeat(200);
    let cancelled = purchase.admin.cancel(order.id, &longest).await.status(200);
    let cancelled: CustomerOrder = cancelled.read();
    let cancellation = cancelled.order.cancellation.expect("a cancellation");
    assert_eq!(cancellation.detail, Some(longest));
}
