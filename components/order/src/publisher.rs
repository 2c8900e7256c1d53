//! Publishes the outbox, beside everything else that an instance does. No order waits for it.
//!
//! An event is marked as published when the broker has acknowledged it, and leaves only when those before it in its
//! order's timeline have been acknowledged. So whatever is repeated, the first deliveries of an order are in order,
//! also when two publishers have the same events. Leases ([`outbox::take`]) only make that rare.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::{Duration, Instant},
};

use chrono::Utc;
use service::{
    Domain,
    config::ConfigError,
    telemetry::{TaskContext, log},
};
use spin_sdk::time::sleep;
use uuid::Uuid;

use crate::{
    broker::{Broker, Line},
    driver::new_owner,
    state::Orders,
    store::outbox::{self, Event, Taken},
};

/// How many events are taken at a time; after a crash, so many may be repeated.
const BATCH: i32 = 100;
/// After how long a batch is cut short, so that what is acknowledged is soon marked.
const BATCH_TIME: Duration = Duration::from_secs(2);
/// How long events stay taken: the longest batch, the longest wait for an acknowledgement, and a margin. After a
/// crash they wait so long.
const LEASE_MS: i32 = 8_000;
/// Between two looks, so that events gather meanwhile.
const GATHER: Duration = Duration::from_millis(50);
/// Between two looks while others publish.
const BUSY: Duration = Duration::from_millis(200);
/// How long a publisher without events keeps its connection to the broker.
const LINGER: Duration = Duration::from_secs(1);
/// The first and the longest rest after failures, in milliseconds.
const REST_MS: (i32, i32) = (200, 5_000);
/// How long this instance stops when the database is out of reach, in milliseconds.
const NO_DATABASE_MS: u64 = 1_000;
/// How long published events are kept, in milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// How many of them one call deletes.
const FORGOTTEN: i32 = 5_000;

/// An instance's publisher.
pub struct Publisher {
    /// None where events are simply kept.
    broker: Option<Broker>,
    running: AtomicBool,
    /// There may be new events.
    woken: AtomicBool,
    /// Until when it is of no use to try, in milliseconds since 1970.
    resting_until: AtomicI64,
}

/// What is left of the events that a publisher may take.
enum Left {
    Nothing,
    /// Others are publishing them.
    Others,
    /// They may be tried again after so many milliseconds.
    Failed(u64),
}

impl Publisher {
    pub async fn from_variables() -> Result<Self, ConfigError> {
        Ok(Self {
            broker: Broker::from_variables().await?,
            running: AtomicBool::new(false),
            woken: AtomicBool::new(false),
            resting_until: AtomicI64::new(0),
        })
    }

    fn rest_for(&self, milliseconds: u64) {
        let rest = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        let until = Utc::now().timestamp_millis().saturating_add(rest);
        self.resting_until.store(until, Ordering::Relaxed);
    }

    fn is_resting(&self) -> bool {
        Utc::now().timestamp_millis() < self.resting_until.load(Ordering::Relaxed)
    }
}

/// Says that there may be new events. Whoever calls it goes on at once.
pub fn wake(orders: &Orders) {
    let publisher = &orders.publisher;
    if publisher.broker.is_none() || publisher.is_resting() {
        return;
    }
    publisher.woken.store(true, Ordering::Relaxed);
    if publisher.running.swap(true, Ordering::Relaxed) {
        return;
    }
    let orders = orders.clone();
    // Events of all orders: no part of the work that woke it.
    spin_sdk::wasip3::spawn(TaskContext::background(Domain::Order).scope(async move {
        if let Some(broker) = &orders.publisher.broker {
            run(&orders, broker).await;
        }
        orders.publisher.running.store(false, Ordering::Relaxed);
    }));
}

/// Publishes what others have left, and deletes what was published long ago.
pub async fn tidy(orders: &Orders) {
    if orders.publisher.broker.is_none() {
        return;
    }
    wake(orders);
    let database = orders.service.database();
    if let Err(error) = outbox::forget(database, KEPT_MS, FORGOTTEN).await {
        log::warn("old events could not be deleted", &[("cause", &error)]);
    }
}

/// Publishes until nothing new has come for a while, or it is of no use.
async fn run(orders: &Orders, broker: &Broker) {
    let publisher = &orders.publisher;
    let owner = new_owner();
    let mut line = Line::to(broker);
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
        pause = match publish_all(orders, owner, &mut line).await {
            Left::Nothing => GATHER,
            Left::Others => BUSY,
            Left::Failed(rest) => {
                publisher.rest_for(rest);
                return;
            }
        };
    }
}

/// Publishes batch after batch.
async fn publish_all(orders: &Orders, owner: Uuid, line: &mut Line<'_>) -> Left {
    let database = orders.service.database();
    let mut acknowledged = Vec::new();
    loop {
        let taken = outbox::take(database, owner, &acknowledged, LEASE_MS, BATCH).await;
        let events = match taken {
            Ok(Taken { events, .. }) if !events.is_empty() => events,
            Ok(Taken { busy: true, .. }) => return Left::Others,
            Ok(Taken { rest_ms, .. }) => return rest_ms.map_or(Left::Nothing, Left::Failed),
            Err(error) => {
                log::warn("no events could be taken", &[("cause", &error)]);
                return Left::Failed(NO_DATABASE_MS);
            }
        };
        let published = publish(&events, line, &mut acknowledged).await;
        let Err(error) = published else { continue };
        let rest = outbox::rest(database, owner, &acknowledged, REST_MS).await;
        // Without an answer, the lease runs out.
        let rest_ms = rest.ok().flatten().unwrap_or(NO_DATABASE_MS);
        let fields: [(&str, &dyn std::fmt::Display); 2] =
            [("cause", &error), ("again_in_ms", &rest_ms)];
        log::warn("an event could not be published", &fields);
        return Left::Failed(rest_ms);
    }
}

/// Publishes these events one by one, and gives the positions of those that were acknowledged.
async fn publish(
    events: &[Event],
    line: &mut Line<'_>,
    acknowledged: &mut Vec<i64>,
) -> Result<(), crate::broker::PublishError> {
    acknowledged.clear();
    let start = Instant::now();
    for event in events {
        if start.elapsed() > BATCH_TIME {
            break;
        }
        let topic = format!("orders/{}/status", event.order_id);
        line.publish(&topic, event.event.to_string().into_bytes())
            .await?;
        acknowledged.push(event.position);
    }
    Ok(())
}
