//! An order's progress as server-sent events.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{Stream, stream};
use serde::Serialize;
use service::{
    telemetry::{TaskContext, log},
    web::language::Language,
};
use uuid::Uuid;

use crate::{
    domain::{OrderRecord, SagaView},
    polling::{PollInterval, poll},
    state::Orders,
    store::{orders, sagas::Progress},
};

/// A stream ends after this long; the client continues with its `Last-Event-ID`.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// How often a comment is sent, to show that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A client that follows an order.
pub struct OrderSubscription {
    pub orders: Orders,
    pub user: Uuid,
    pub order_id: Uuid,
    pub language: Language,
    /// The last entry of the timeline that the client has.
    pub last_seq: i32,
}

/// The stream, between two of its chunks.
struct EventStream {
    subscription: OrderSubscription,
    started: Instant,
    last_comment: Instant,
    interval: PollInterval,
    /// How many entries the saga's journal had when the order was last read.
    journal_seq: Option<i32>,
    /// The saga that was last sent.
    saga: Option<SagaView>,
    ended: bool,
    /// The request, because the stream is read after its answer has begun.
    work: Option<Arc<TaskContext>>,
}

impl OrderSubscription {
    /// The events after those that the client has, beginning with those of `first`.
    pub fn events(self, first: OrderRecord) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
        let now = Instant::now();
        let mut stream = EventStream {
            subscription: self,
            started: now,
            last_comment: now,
            interval: PollInterval::new(),
            journal_seq: None,
            saga: None,
            ended: false,
            work: TaskContext::current(),
        };
        let first = stream.new_events(&first);
        stream::unfold((stream, Some(first)), |(mut stream, first)| async {
            let chunk = match first {
                Some(first) => first,
                None => match stream.work.clone() {
                    Some(work) => work.scope(stream.next_chunk()).await?,
                    None => stream.next_chunk().await?,
                },
            };
            Some((Ok(Bytes::from(chunk)), (stream, None)))
        })
    }
}

impl EventStream {
    /// The next events or a comment; `None` at the end.
    async fn next_chunk(&mut self) -> Option<String> {
        loop {
            if self.ended || self.started.elapsed() >= LONGEST {
                return None;
            }
            let comment_due = HEARTBEAT.saturating_sub(self.last_comment.elapsed());
            let orders = &self.subscription.orders;
            self.interval.wait(orders, comment_due).await;
            let mut chunk = self.poll().await;
            if !chunk.is_empty() {
                self.interval.reset();
            }
            if self.last_comment.elapsed() >= HEARTBEAT {
                self.last_comment = Instant::now();
                chunk += ": still here\n\n";
            }
            if !chunk.is_empty() {
                return Some(chunk);
            }
        }
    }

    /// The events for what has changed since the last poll, if anything.
    async fn poll(&mut self) -> String {
        let subscription = &self.subscription;
        match poll(&subscription.orders, subscription.order_id).await {
            Ok(Some(progress)) if self.journal_seq != Some(progress.seq) || progress.ended => {
                self.read(progress).await
            }
            Ok(_) => String::new(),
            Err(error) => {
                log::warn("a stream could not poll its order", &[("cause", &error)]);
                String::new()
            }
        }
    }

    async fn read(&mut self, progress: Progress) -> String {
        let subscription = &self.subscription;
        let database = subscription.orders.service.database();
        match orders::read(database, subscription.user, subscription.order_id).await {
            Ok(Some(order)) => {
                self.journal_seq = Some(progress.seq);
                self.new_events(&order)
            }
            Ok(None) => String::new(),
            Err(error) => {
                log::warn("a stream could not read its order", &[("cause", &error)]);
                String::new()
            }
        }
    }

    /// The events for what the client does not have of this order.
    fn new_events(&mut self, order: &OrderRecord) -> String {
        let mut events = String::new();
        for entry in order.timeline(self.subscription.language) {
            if entry.seq > self.subscription.last_seq {
                self.subscription.last_seq = entry.seq;
                events += &event("status", Some(entry.seq), &entry);
            }
        }
        let saga = order.saga_view();
        if self.saga.as_ref() != Some(&saga) {
            events += &event("saga", None, &saga);
            self.saga = Some(saga);
        }
        self.ended = order.has_ended();
        events
    }
}

fn event(name: &str, id: Option<i32>, data: &impl Serialize) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\n{id}data: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_name_an_id_and_a_line_of_data() {
        assert_eq!(
            event("status", Some(3), &"a\nb"),
            "event: status\nid: 3\ndata: \"a\\nb\"\n\n"
        );
        assert_eq!(event("saga", None, &1), "event: saga\ndata: 1\n\n");
    }
}
