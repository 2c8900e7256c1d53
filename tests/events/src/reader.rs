//! A reader of events that compares them with the timelines.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use harness::databases::Databases;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::queue::Delivered;

/// An event as promised: a missing or unknown field is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudEvent {
    specversion: String,
    id: String,
    source: String,
    r#type: String,
    subject: Uuid,
    time: String,
    datacontenttype: String,
    sequence: String,
    data: Data,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Data {
    order_id: Uuid,
    user_id: Uuid,
    status: String,
    note: Option<String>,
}

/// The events that were read.
#[derive(Default)]
pub struct Reader {
    /// Each order's events by number, as first delivered.
    orders: HashMap<Uuid, BTreeMap<i32, Value>>,
    pub repeats: usize,
}

impl Reader {
    /// Reads messages in the order of their delivery.
    ///
    /// # Panics
    /// When one is malformed, is delivered for the first time before its predecessor, or differs from its first
    /// delivery.
    pub fn read(&mut self, messages: &[Delivered]) {
        for message in messages {
            let received: Value = serde_json::from_slice(&message.body).expect("JSON");
            let event: CloudEvent = serde_json::from_value(received.clone())
                .unwrap_or_else(|error| panic!("{error}: {received:#}"));
            let number = check(&event, message);
            let known = self.orders.entry(event.subject).or_default();
            if let Some(before) = known.get(&number) {
                assert_eq!(before, &received, "a repeated event is unchanged");
                self.repeats += 1;
                continue;
            }
            let last = known.last_key_value().map_or(0, |(number, _)| *number);
            assert_eq!(number, last + 1, "in order: {received:#}");
            known.insert(number, received);
        }
    }

    /// Expects exactly the entries of all timelines, each marked as published in the outbox.
    pub async fn assert_complete(&self, databases: &Databases) {
        let statement = "
            select order_id, seq, timeline.status, note, user_id,
                to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as time
            from timeline
            join orders on orders.id = order_id";
        let rows = databases.order.rows(statement, &[]).await;
        for row in &rows {
            let (order, number): (Uuid, i32) = (row.get("order_id"), row.get("seq"));
            let known = self.orders.get(&order).and_then(|order| order.get(&number));
            let known = known.unwrap_or_else(|| panic!("{order}/{number} was never delivered"));
            let data = json!({
                "orderId": order,
                "userId": row.get::<_, Uuid>("user_id"),
                "status": row.get::<_, String>("status"),
                "note": row.get::<_, Option<String>>("note"),
            });
            assert_eq!(known["data"], data);
            assert_eq!(known["time"], row.get::<_, String>("time"));
        }
        let known: usize = self.orders.values().map(BTreeMap::len).sum();
        assert_eq!(known, rows.len(), "events without an entry in a timeline");
        let statement = "select count(*) from outbox where published_at >= created_at";
        let published = databases.order.number(statement, &[]).await;
        assert_eq!(usize::try_from(published), Ok(known), "marked as published");
    }
}

/// Checks the attributes of CloudEvents 1.0 and the routing key. Returns the event's number.
fn check(event: &CloudEvent, message: &Delivered) -> i32 {
    let number: i32 = event.sequence.parse().expect("a number");
    let order = event.subject;
    assert_eq!(event.specversion, "1.0");
    assert_eq!(event.id, format!("{order}/{number}"));
    assert_eq!(event.source, "/api/orders");
    assert_eq!(event.r#type, "zakaz.order.status");
    assert_eq!(event.datacontenttype, "application/json");
    assert_eq!(event.data.order_id, order);
    assert_eq!(message.routing_key, format!("orders.{order}.status"));
    let time: DateTime<Utc> = event.time.parse().expect("RFC 3339");
    assert!(time <= Utc::now());
    number
}
