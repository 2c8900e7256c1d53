//! Deletes what has been kept for long enough: the journals of orders that have ended, and events that are published or
//! that no broker will take. In small steps, one a call.

use service::{database::DatabaseError, telemetry::log};

use crate::{
    domain::Retention,
    state::Orders,
    store::{journal, metrics, outbox},
};

/// Of how many orders one call deletes the journal.
const JOURNALS: i32 = 500;
/// How many events one call deletes.
const EVENTS: i32 = 5_000;

/// Deletes what is old. A failure is logged: the next call tries again.
pub async fn delete_old(orders: &Orders) {
    if let Err(error) = delete(orders).await {
        log::warn("what is old could not be deleted", &[("cause", &error)]);
    }
}

async fn delete(orders: &Orders) -> Result<(), DatabaseError> {
    let database = orders.service.database();
    let Retention {
        journal_ms,
        event_ms,
    } = orders.retention;
    let unwanted = orders.broker.is_none();
    outbox::delete_old(database, event_ms, EVENTS, unwanted).await?;
    // Only what the metrics have counted is deleted.
    metrics::tally(database).await?;
    journal::delete_old(database, journal_ms, JOURNALS).await?;
    Ok(())
}
