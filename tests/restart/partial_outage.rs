//! One service cannot reach its database: outcomes are not guessed, and only what needs it waits.

use std::time::{Duration, Instant};

use harness::{
    database_lockout::DatabaseLockout,
    databases::Service,
    event_stream::Frame,
    eventually::eventually,
    invariants,
    order::{CancellationCode, Order, Page, SagaState, Status, StepState},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

/// Longer than the backoff after which a saga calls its participant again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the order is as `wanted` says.
async fn until(
    purchase: &Purchase,
    order: &Order,
    what: &str,
    wanted: impl Fn(&Order) -> bool,
) -> Order {
    let (wanted, id) = (&wanted, order.id);
    eventually(what, PATIENCE, || async move {
        let order = purchase.customer.order(id).await;
        if wanted(&order) {
            Ok(order)
        } else {
            Err(format!("{order:#?}"))
        }
    })
    .await
}

#[tokio::test]
async fn without_prices_no_order_is_placed_and_old_ones_can_be_read() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 3 * PRICE, 3).await;
    let key = unique::name("key");
    let placed: Order = purchase
        .customer
        .post("/api/orders")
        .key(&key)
        .json(&purchase.body())
        .send()
        .await
        .status(201)
        .read();
    purchase.customer.wait_for_end(placed.id).await;

    let lockout = DatabaseLockout::begin(Service::Warehouse).await;
    for call in [
        purchase.customer.post("/api/orders"),
        purchase
            .customer
            .post("/api/orders")
            .key(&unique::name("key")),
    ] {
        let start = Instant::now();
        call.json(&purchase.body())
            .send()
            .await
            .problem(503, "CATALOGUE_UNAVAILABLE");
        assert!(
            start.elapsed() < Duration::from_secs(6),
            "it took {:?}",
            start.elapsed()
        );
    }
    // A repeat under a key needs no prices.
    let again = purchase
        .customer
        .post("/api/orders")
        .key(&key)
        .json(&purchase.body())
        .send()
        .await
        .status(201);
    assert!(again.is_replay());
    let list: Page<Order> = purchase
        .customer
        .get("/api/orders")
        .send()
        .await
        .status(200)
        .read();
    assert_eq!(list.items.len(), 1);
    system
        .client
        .get("/api/warehouse/readyz")
        .send()
        .await
        .any_problem(503);
    system
        .client
        .get("/api/warehouse/healthz")
        .send()
        .await
        .status(200);
    for name in ["auth", "billing", "delivery", "orders"] {
        system
            .client
            .get(format!("/api/{name}/readyz"))
            .send()
            .await
            .status(200);
    }
    lockout.end().await;
    purchase.customer.cancel(placed.id).await.status(200);
    purchase.customer.wait_for_end(placed.id).await;
    assert!(purchase.place_and_wait().await.is_ready());
}

#[tokio::test]
async fn a_saga_waits_for_an_unavailable_participant() {
    let system = System::connect();
    for (service, status, step) in [
        (Service::Billing, Status::AwaitingPayment, 0),
        (Service::Delivery, Status::AwaitingCourierReservation, 2),
    ] {
        let purchase = Purchase::affordable(&system).await;
        let lockout = DatabaseLockout::begin(service).await;
        let placed = purchase.place().await;
        let waiting = until(&purchase, &placed, "the step is tried again", |order| {
            order.saga.steps[step].attempts > 1
        })
        .await;
        assert_eq!(
            waiting.status, status,
            "no outcome is guessed: {waiting:#?}"
        );
        assert_eq!(waiting.saga.state, SagaState::Running);
        assert!(
            matches!(
                waiting.steps()[step],
                StepState::Running | StepState::Unknown
            ),
            "{waiting:#?}"
        );
        let path = "/api/orders/admin/sagas?state=RUNNING&limit=100";
        let sagas: Page<Value> = purchase.admin.get(path).send().await.status(200).read();
        let saga = sagas
            .items
            .iter()
            .find(|saga| saga["orderId"] == json!(placed.id))
            .expect("the saga");
        assert!(
            saga["lastError"].is_string()
                && saga["attempt"].as_u64().is_some_and(|attempt| attempt > 0),
            "{saga}"
        );
        lockout.end().await;

        purchase
            .admin
            .post(format!("/api/orders/admin/sagas/{}/retry", placed.id))
            .send()
            .await
            .status(202);
        let ended = until(&purchase, &placed, "the saga ends", |order| {
            order.saga.has_ended()
        })
        .await;
        assert!(ended.is_ready(), "{ended:#?}");
        assert_eq!(ended.timeline.len(), 5);
    }
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test]
async fn an_unavailable_participant_blocks_no_other_compensation() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let ready = purchase.place_and_wait().await;
    assert!(ready.is_ready(), "{ready:#?}");

    let lockout = DatabaseLockout::begin(Service::Warehouse).await;
    let cancelled: Order = purchase.customer.cancel(ready.id).await.status(200).read();
    assert_eq!(
        cancelled.cancellation_code(),
        Some(CancellationCode::CancelledByUser)
    );
    eventually(
        "the money comes back without the warehouse",
        Duration::from_secs(20),
        || async {
            match purchase.customer.balance().await {
                PRICE => Ok(()),
                balance => Err(format!("the balance is {balance}")),
            }
        },
    )
    .await;
    let waiting = purchase.customer.order(ready.id).await;
    assert!(
        matches!(
            waiting.saga.state,
            SagaState::Compensating | SagaState::Stuck
        ),
        "{waiting:#?}"
    );
    let states = until(&purchase, &ready, "the others are undone", |order| {
        matches!(order.steps(), [StepState::Undone, _, StepState::Undone])
    })
    .await
    .steps();
    assert_eq!(states[1], StepState::Undoing);
    lockout.end().await;

    purchase
        .admin
        .post("/api/orders/admin/sagas/retry")
        .send()
        .await
        .status(202);
    let ended = until(&purchase, &ready, "the saga ends", |order| {
        order.saga.has_ended()
    })
    .await;
    assert_eq!(
        (ended.saga.state, ended.steps()),
        (SagaState::Compensated, [StepState::Undone; 3])
    );
    assert_eq!(purchase.holdings().await.quantity, 1);
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test]
async fn a_waiting_order_can_be_cancelled() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let before = purchase.holdings().await;
    let lockout = DatabaseLockout::begin(Service::Delivery).await;
    let placed = purchase.place().await;
    until(&purchase, &placed, "the courier is waited for", |order| {
        order.status == Status::AwaitingCourierReservation
    })
    .await;
    purchase.customer.cancel(placed.id).await.status(200);
    lockout.end().await;
    let ended = until(&purchase, &placed, "the saga ends", |order| {
        order.saga.has_ended()
    })
    .await;
    assert_eq!(
        ended.steps(),
        [StepState::Undone; 3],
        "what may have been done is undone: {ended:#?}"
    );
    assert_eq!(purchase.holdings().await, before);
    let reservation = json!({"date": purchase.date, "courierId": purchase.courier});
    system
        .delivery()
        .put(placed.id, &reservation)
        .await
        .problem(409, "ALREADY_COMPENSATED");
}

#[tokio::test]
async fn a_stream_without_events_sends_comments() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let lockout = DatabaseLockout::begin(Service::Delivery).await;
    let placed = purchase.place().await;
    let mut stream = purchase
        .customer
        .get(format!("/api/orders/{}/events", placed.id))
        .events()
        .await;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(13) {
        match stream.next(Duration::from_secs(12)).await {
            Some(Frame::Comment(_)) => break,
            Some(Frame::Event(_)) => {}
            None => panic!("the stream ended before its saga"),
        }
    }
    assert!(
        start.elapsed() < Duration::from_secs(13),
        "no comment within 10 s"
    );
    lockout.end().await;
    let rest = stream.rest(Duration::from_secs(15)).await;
    let newest = rest
        .iter()
        .rfind(|event| event.name == "status")
        .expect("a status");
    assert_eq!(newest.data["status"], "READY", "{rest:#?}");
}
