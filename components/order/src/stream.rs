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
    domain::{OrderDocument, SagaView},
    state::Orders,
    store::{orders, sagas::Glance},
    watch::{Pause, look},
};

/// A stream ends after this long; the client comes back with its `Last-Event-ID`.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// How often a comment shows that the stream is alive, whatever else is sent.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Somebody who follows an order.
pub struct Follower {
    pub orders: Orders,
    pub user: Uuid,
    pub order_id: Uuid,
    pub language: Language,
    /// The last entry of the timeline that the client has.
    pub told: i32,
}

struct Following {
    follower: Follower,
    started: Instant,
    last_comment: Instant,
    pause: Pause,
    /// The state that the client was told of.
    seen: Option<i32>,
    saga: Option<SagaView>,
    ended: bool,
    /// The request: the stream is read after its answer has begun.
    work: Option<Arc<TaskContext>>,
}

impl Follower {
    /// Everything after what the client has, beginning with `first`, as it happens.
    pub fn follow(self, first: OrderDocument) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
        let now = Instant::now();
        let mut following = Following {
            follower: self,
            started: now,
            last_comment: now,
            pause: Pause::new(),
            seen: None,
            saga: None,
            ended: false,
            work: TaskContext::current(),
        };
        let first = following.tell(&first);
        stream::unfold((following, Some(first)), |(mut following, first)| async {
            let chunk = match first {
                Some(first) => first,
                None => match following.work.clone() {
                    Some(work) => work.scope(following.next()).await?,
                    None => following.next().await?,
                },
            };
            Some((Ok(Bytes::from(chunk)), (following, None)))
        })
    }
}

impl Following {
    /// The next thing to send; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if self.ended || self.started.elapsed() >= LONGEST {
                return None;
            }
            self.pause.rest().await;
            let mut told = self.look_again().await;
            if !told.is_empty() {
                self.pause.shorten();
            }
            if self.last_comment.elapsed() >= HEARTBEAT {
                self.last_comment = Instant::now();
                told += ": still here\n\n";
            }
            if !told.is_empty() {
                return Some(told);
            }
        }
    }

    /// Tells what has changed since the last look, if anything.
    async fn look_again(&mut self) -> String {
        let follower = &self.follower;
        let seen = match look(&follower.orders, follower.order_id).await {
            Ok(Some(seen)) if self.seen != Some(seen.seq) || seen.ended => seen,
            Ok(_) => return String::new(),
            Err(error) => {
                log::warn("a stream could not look", &[("cause", &error)]);
                return String::new();
            }
        };
        self.read(seen).await
    }

    async fn read(&mut self, seen: Glance) -> String {
        let follower = &self.follower;
        let database = follower.orders.service.database();
        match orders::read(database, follower.user, follower.order_id).await {
            Ok(Some(order)) => {
                self.seen = Some(seen.seq);
                self.tell(&order)
            }
            Ok(None) => String::new(),
            Err(error) => {
                log::warn("a stream could not read", &[("cause", &error)]);
                String::new()
            }
        }
    }

    /// The events for what the client does not know of this order yet.
    fn tell(&mut self, order: &OrderDocument) -> String {
        let mut events = String::new();
        for entry in order.timeline(self.follower.language) {
            if entry.seq > self.follower.told {
                self.follower.told = entry.seq;
                events += &event("status", Some(entry.seq), &entry);
            }
        }
        let saga = order.saga_view();
        if self.saga.as_ref() != Some(&saga) {
            events += &event("saga", None, &saga);
            self.saga = Some(saga);
        }
        self.ended = order.ended();
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
