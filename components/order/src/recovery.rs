//! Takes up sagas that nobody drives.

use std::sync::atomic::Ordering;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use chrono::Utc;
use service::{background::spawn, database::DatabaseError, telemetry::log};

use crate::{
    driver::{new_owner, resume_all},
    publisher,
    state::Orders,
    store::sagas,
};

/// How many sagas one statement takes.
const BATCH: i32 = 100;
/// How many statements one call runs at the most: as many sagas as can begin before their leases run out.
/// Those that were due for longest come first, the rest at the next call.
const BATCHES: usize = 20;
/// How many sagas a passing request takes up.
const ON_THE_WAY: i32 = 16;
/// How often an instance's requests look, in milliseconds.
const EVERY: i64 = 1_000;

/// Takes up every saga that is due and owned by nobody, and drives them in the background; publishes the
/// events that are left. Answers how many sagas it took up.
pub async fn recover(orders: &Orders) -> Result<usize, DatabaseError> {
    let mut resumed = 0;
    for _ in 0..BATCHES {
        let database = orders.service.database();
        let claims = sagas::claim_due(database, new_owner(), orders.lease_ms, BATCH).await?;
        if claims.is_empty() {
            break;
        }
        resumed += claims.len();
        resume_all(orders, claims);
    }
    publisher::tidy(orders).await;
    Ok(resumed)
}

/// Lets any request about orders look, now and then, for sagas that are due. The request does not wait
/// for it.
pub async fn look_on_the_way(
    State(orders): State<Orders>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let now = Utc::now().timestamp_millis();
    let last = orders.swept_at.load(Ordering::Relaxed);
    if (last..last.saturating_add(EVERY)).contains(&now) {
        return response;
    }
    orders.swept_at.store(now, Ordering::Relaxed);
    spawn(async move {
        let database = orders.service.database();
        match sagas::claim_due(database, new_owner(), orders.lease_ms, ON_THE_WAY).await {
            Ok(claims) => resume_all(&orders, claims),
            Err(error) => log::warn("no look for due sagas", &[("cause", &error)]),
        }
    });
    response
}
