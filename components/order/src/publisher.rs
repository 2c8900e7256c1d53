//! Publishes the outbox in the background. No order waits for it.
//!
//! An event is marked as published when the broker has acknowledged it, and leaves only when those before it in its
//! order's timeline have been acknowledged. So the first deliveries of an order are in order, also when two publishers
//! have the same events. Leases ([`outbox::claim`]) only make that rare.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use chrono::Utc;
use service::{
    Domain,
    telemetry::{TaskContext, log},
};
use spin_sdk::time::sleep;

use crate::{
    broker::{Broker, BrokerConnection, PublishError},
    state::{Orders, PublisherStatus},
    store::{
        Lease,
        outbox::{self, Batch, Event},
    },
};

/// How many events are claimed at a time; after a crash, so many may be repeated.
const BATCH: i32 = 100;
/// After how long a batch ends early, so that what was acknowledged is soon marked.
const BATCH_TIME: Duration = Duration::from_secs(2);
/// How long events stay claimed: the longest batch, the longest wait for an acknowledgement, and a margin. After a
/// crash, so long no other publisher gets them.
const LEASE_MS: i32 = 8_000;
/// The wait between two claims, so that events gather meanwhile.
const GATHER: Duration = Duration::from_millis(50);
/// The wait between two claims while others publish.
const BUSY: Duration = Duration::from_millis(200);
/// How long a publisher without events keeps its connection to the broker.
const LINGER: Duration = Duration::from_secs(1);
/// The first and the longest pause after failures, in milliseconds.
const PAUSE_MS: (i32, i32) = (200, 5_000);
/// How long this instance waits when the database cannot be reached, in milliseconds.
const NO_DATABASE_MS: u64 = 1_000;

/// What is left of the events that a publisher may claim.
enum Remaining {
    Nothing,
    /// Others are publishing them.
    HeldByOthers,
    /// They can be tried again after so many milliseconds.
    RetryAfter(u64),
}

impl PublisherStatus {
    fn retry_after(&self, milliseconds: u64) {
        let pause = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        let retry_at = Utc::now().timestamp_millis().saturating_add(pause);
        self.retry_at.store(retry_at, Ordering::Relaxed);
    }

    fn is_paused(&self) -> bool {
        let now = Utc::now().timestamp_millis();
        let left = self.retry_at.load(Ordering::Relaxed).saturating_sub(now);
        // More is left only when the clock was set back.
        (1..=i64::from(PAUSE_MS.1)).contains(&left)
    }
}

/// Starts this instance's publisher, because there may be new events. Returns at once.
pub fn wake(orders: &Orders) {
    let publisher = &orders.publisher;
    if orders.broker.is_none() || publisher.is_paused() {
        return;
    }
    publisher.woken.store(true, Ordering::Relaxed);
    if publisher.running.swap(true, Ordering::Relaxed) {
        return;
    }
    let orders = orders.clone();
    // The events are those of all orders, so it is no part of the task that woke it.
    spin_sdk::wasip3::spawn(TaskContext::background(Domain::Order).scope(async move {
        if let Some(broker) = &orders.broker {
            run(&orders, broker).await;
        }
        orders.publisher.running.store(false, Ordering::Relaxed);
    }));
}

/// Publishes until no new events have come for a while, or publishing has failed.
async fn run(orders: &Orders, broker: &Broker) {
    let publisher = &orders.publisher;
    let lease = Lease::new(LEASE_MS);
    let mut connection = BrokerConnection::to(broker);
    let mut quiet_since = Instant::now();
    let mut pause = GATHER;
    loop {
        sleep(pause).await;
        if publisher.woken.swap(false, Ordering::Relaxed) {
            quiet_since = Instant::now();
        } else if quiet_since.elapsed() >= LINGER {
            return;
        } else if pause == GATHER {
            continue;
        }
        pause = match publish_all(orders, lease, &mut connection).await {
            Remaining::Nothing => GATHER,
            Remaining::HeldByOthers => BUSY,
            Remaining::RetryAfter(milliseconds) => {
                publisher.retry_after(milliseconds);
                return;
            }
        };
    }
}

/// Publishes batch after batch.
async fn publish_all(
    orders: &Orders,
    lease: Lease,
    connection: &mut BrokerConnection<'_>,
) -> Remaining {
    let database = orders.service.database();
    let mut acknowledged = Vec::new();
    loop {
        let claimed = outbox::claim(database, lease, &acknowledged, BATCH).await;
        let events = match claimed {
            Ok(Batch { events, .. }) if !events.is_empty() => events,
            Ok(Batch { busy: true, .. }) => return Remaining::HeldByOthers,
            Ok(Batch { retry_in_ms, .. }) => {
                return retry_in_ms.map_or(Remaining::Nothing, Remaining::RetryAfter);
            }
            Err(error) => {
                log::warn("events could not be claimed", &[("cause", &error)]);
                return Remaining::RetryAfter(NO_DATABASE_MS);
            }
        };
        let published = publish(&events, connection, &mut acknowledged);
        let published = database.idle_during(published).await;
        let Err(error) = published else { continue };
        let paused = outbox::pause(database, lease.owner, &acknowledged, PAUSE_MS).await;
        // Without an answer, the lease runs out.
        let retry_in_ms = paused.ok().flatten().unwrap_or(NO_DATABASE_MS);
        let fields: [(&str, &dyn std::fmt::Display); 2] =
            [("cause", &error), ("retry_in_ms", &retry_in_ms)];
        log::warn("an event could not be published", &fields);
        return Remaining::RetryAfter(retry_in_ms);
    }
}

/// Publishes these events one by one, and fills in the positions of those that were acknowledged.
async fn publish(
    events: &[Event],
    connection: &mut BrokerConnection<'_>,
    acknowledged: &mut Vec<i64>,
) -> Result<(), PublishError> {
    acknowledged.clear();
    let start = Instant::now();
    for event in events {
        if start.elapsed() > BATCH_TIME {
            break;
        }
        let topic = format!("orders/{}/status", event.order_id);
        connection
            .publish(&topic, event.event.to_string().into_bytes())
            .await?;
        acknowledged.push(event.position);
    }
    Ok(())
}
