//! Claims sagas that are due, because nobody drives them or because their next attempt is.

use std::sync::atomic::Ordering;

use chrono::Utc;
use service::{background::spawn, database::DatabaseError, telemetry::log};

use crate::{
    driver::drive_all,
    publisher, retention,
    state::Orders,
    store::sagas::{self, Claim},
};

/// How many sagas one statement claims.
const BATCH: i32 = 100;
/// How many statements one call runs at most: as many sagas as can begin before their leases run out. Those
/// that were due for longest come first, the rest with the next call.
const BATCHES: usize = 20;
/// How many sagas are claimed after a request.
const AFTER_REQUEST: i32 = 16;
/// How often an instance claims sagas after a request, in milliseconds.
const INTERVAL: i64 = 1_000;

/// Claims every saga that is due and drives it in the background; wakes the publisher, and deletes what is old.
/// Returns how many sagas were claimed.
pub async fn recover(orders: &Orders) -> Result<usize, DatabaseError> {
    let mut claimed = 0;
    for _ in 0..BATCHES {
        let database = orders.service.database();
        let claims = sagas::claim_due(database, orders.new_lease(), BATCH).await?;
        if claims.is_empty() {
            break;
        }
        claimed += claims.len();
        let orders = orders.clone();
        spawn(async move { drive(&orders, claims).await });
    }
    publisher::wake(orders);
    retention::delete_old(orders).await;
    Ok(claimed)
}

/// Drives claimed sagas. When some of them had waited for a participant, it may be answering again: then it claims those
/// that still wait for it, until none is left, or it does not answer.
async fn drive(orders: &Orders, mut claims: Vec<Claim>) {
    loop {
        let waited = claims.iter().any(|claim| !claim.retry_steps.is_empty());
        drive_all(orders, claims).await;
        if !waited {
            return;
        }
        let database = orders.service.database();
        claims = match sagas::claim_due(database, orders.new_lease(), BATCH).await {
            Ok(claims) => claims,
            Err(error) => {
                log::warn("due sagas could not be claimed", &[("cause", &error)]);
                return;
            }
        };
    }
}

/// Claims a few sagas that are due, in the background, unless this instance has done so just now.
pub fn claim_some(orders: &Orders) {
    let now = Utc::now().timestamp_millis();
    let last = orders.last_claimed_at.load(Ordering::Relaxed);
    if (last..last.saturating_add(INTERVAL)).contains(&now) {
        return;
    }
    orders.last_claimed_at.store(now, Ordering::Relaxed);
    let orders = orders.clone();
    spawn(async move {
        let database = orders.service.database();
        match sagas::claim_due(database, orders.new_lease(), AFTER_REQUEST).await {
            Ok(claims) => drive(&orders, claims).await,
            Err(error) => log::warn("due sagas could not be claimed", &[("cause", &error)]),
        }
    });
}
