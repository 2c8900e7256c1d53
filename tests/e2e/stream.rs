//! An order's events: as a stream, resumed, and as plain JSON.

use std::time::Duration;

use harness::{
    call::Call,
    customer::Customer,
    event_stream::Event,
    order::{Entry, Order, Saga, SagaState, Status},
    purchase::Purchase,
    system::System,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A comment is sent every 10 s, so a longer silence is a failure.
const PATIENCE: Duration = Duration::from_secs(15);

fn events(customer: &Customer, order: Uuid) -> Call {
    customer.get(format!("/api/orders/{order}/events"))
}

/// Splits a stream into its timeline and its sagas, checking the form of each event.
fn split(events: &[Event]) -> (Vec<Entry>, Vec<Saga>) {
    let (mut timeline, mut sagas) = (Vec::new(), Vec::new());
    for event in events {
        match event.name.as_str() {
            "status" => {
                let entry: Entry =
                    serde_json::from_value(event.data.clone()).expect("an entry of the timeline");
                assert_eq!(event.id.as_deref(), Some(entry.seq.to_string().as_str()));
                timeline.push(entry);
            }
            "saga" => {
                assert_eq!(event.id, None, "a saga event has no id");
                sagas.push(serde_json::from_value(event.data.clone()).expect("a saga"));
            }
            other => panic!("an event {other:?}"),
        }
    }
    (timeline, sagas)
}

#[tokio::test]
async fn a_stream_has_every_event_until_the_end() {
    let system = System::connect();
    for (money, ending) in [
        (harness::purchase::PRICE, Status::Ready),
        (0, Status::Cancelled),
    ] {
        let purchase = Purchase::with(&system, money, 1).await;
        let placed = purchase.place().await;
        let all = events(&purchase.customer, placed.id)
            .events()
            .await
            .rest(PATIENCE)
            .await;
        let (timeline, sagas) = split(&all);
        let order = purchase.customer.order(placed.id).await;
        assert_eq!(timeline, order.timeline);
        assert_eq!(timeline.last().map(|entry| entry.status), Some(ending));
        assert_eq!(
            sagas.last(),
            Some(&order.saga),
            "the last saga is the one that ended"
        );
        assert!(
            sagas.windows(2).all(|pair| pair[0] != pair[1]),
            "a saga is sent when it changes: {sagas:#?}"
        );
    }
}

#[tokio::test]
async fn a_stream_of_a_ready_order_ends_at_once() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let all = events(&purchase.customer, order.id)
        .events()
        .await
        .rest(Duration::from_secs(3))
        .await;
    let (timeline, sagas) = split(&all);
    assert_eq!(timeline, order.timeline);
    assert_eq!(sagas.last(), Some(&order.saga));
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_id() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    for seen in 0..5_usize {
        let call = events(&purchase.customer, order.id).header("last-event-id", seen.to_string());
        let (timeline, _) = split(&call.events().await.rest(Duration::from_secs(3)).await);
        assert_eq!(timeline, order.timeline[seen..], "after {seen}");
    }
    let call = events(&purchase.customer, order.id)
        .header("last-event-id", "5")
        .header("accept", "text/event-stream");
    call.send().await.status(204);
    for unknown in ["6", "999999", "-1", "x"] {
        let call = events(&purchase.customer, order.id).header("last-event-id", unknown);
        let (timeline, _) = split(&call.events().await.rest(Duration::from_secs(3)).await);
        assert_eq!(timeline, order.timeline, "there is no entry {unknown}");
    }
}

#[tokio::test]
async fn a_cancellation_adds_events_after_the_end() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    purchase.customer.cancel(order.id).await.status(200);
    let call = events(&purchase.customer, order.id).header("last-event-id", "5");
    let (timeline, sagas) = split(&call.events().await.rest(PATIENCE).await);
    assert_eq!(
        timeline
            .iter()
            .map(|entry| (entry.seq, entry.status))
            .collect::<Vec<_>>(),
        [(6, Status::Cancelled)]
    );
    assert_eq!(
        sagas.last().map(|saga| saga.state),
        Some(SagaState::Compensated)
    );
    let call = events(&purchase.customer, order.id)
        .header("last-event-id", "6")
        .header("accept", "text/event-stream");
    call.send().await.status(204);
}

#[tokio::test]
async fn several_streams_of_one_order() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let placed = purchase.place().await;
    let streams = (0..6).map(|_| async {
        events(&purchase.customer, placed.id)
            .events()
            .await
            .rest(PATIENCE)
            .await
    });
    for all in futures::future::join_all(streams).await {
        let (timeline, _) = split(&all);
        assert_eq!(
            timeline.last().map(|entry| entry.status),
            Some(Status::Ready)
        );
        assert_eq!(timeline.len(), 5);
    }
}

#[tokio::test]
async fn without_accepting_a_stream_the_answer_is_the_timeline() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order: Order = purchase.place_and_wait().await;
    for accept in [
        None,
        Some("application/json"),
        Some("*/*"),
        Some("text/html, */*;q=0.8"),
    ] {
        let mut call = events(&purchase.customer, order.id);
        if let Some(accept) = accept {
            call = call.header("accept", accept);
        }
        let body = call.send().await.expect(200);
        let timeline: Vec<Entry> =
            serde_json::from_value(body["items"].clone()).expect("a timeline");
        assert_eq!(timeline, order.timeline);
        assert_eq!(
            body.as_object().map(serde_json::Map::len),
            Some(1),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_stream_is_in_the_clients_language() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    for language in ["ru", "en"] {
        let all = events(&purchase.customer, order.id)
            .language(language)
            .events()
            .await
            .rest(PATIENCE)
            .await;
        let labels: Vec<&Value> = all
            .iter()
            .filter(|event| event.name == "status")
            .map(|event| &event.data["statusLabel"])
            .collect();
        let expected: Vec<Value> = order
            .timeline
            .iter()
            .map(|entry| json!(entry.status.label(language)))
            .collect();
        assert_eq!(labels, expected.iter().collect::<Vec<_>>());
    }
}
