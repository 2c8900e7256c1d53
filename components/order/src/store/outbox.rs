//! Statements about the events that are to be published.

use serde::Deserialize;
use serde_json::Value;
use service::{
    Database,
    database::{DatabaseError, jsonb},
};
use uuid::Uuid;

use super::Lease;

/// An event, as it is published.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its number in the outbox.
    pub position: i64,
    pub order_id: Uuid,
    /// The CloudEvent.
    pub event: Value,
}

/// The events that a publisher has claimed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// The next events of one lane, those of an order in their order.
    pub events: Vec<Event>,
    /// There are events, and other publishers have them.
    pub busy: bool,
    /// There are events that can be tried again after so many milliseconds.
    pub retry_in_ms: Option<u64>,
}

/// Marks the acknowledged positions as published, and claims the next events, at most `limit`.
pub async fn claim(
    database: &Database,
    lease: Lease,
    acknowledged: &[i64],
    limit: i32,
) -> Result<Batch, DatabaseError> {
    let statement = "select claim_events($1, $2, $3, $4)";
    let parameters = [
        lease.owner.into(),
        jsonb(&acknowledged)?,
        lease.duration_ms.into(),
        limit.into(),
    ];
    database.json(statement, &parameters).await
}

/// Marks the acknowledged positions as published, and lets the lane that `owner` has claimed wait after a
/// failure: for `pause_ms`, twice as long after each further failure, at most `longest_ms`. Returns for how
/// many milliseconds; `None` when another has claimed it.
pub async fn pause(
    database: &Database,
    owner: Uuid,
    acknowledged: &[i64],
    (pause_ms, longest_ms): (i32, i32),
) -> Result<Option<u64>, DatabaseError> {
    let statement = "select to_jsonb(pause_lane($1, $2, $3, $4))";
    let parameters = [
        owner.into(),
        jsonb(&acknowledged)?,
        pause_ms.into(),
        longest_ms.into(),
    ];
    database.json(statement, &parameters).await
}

/// Deletes, among the `limit` oldest, events that were published longer than `age_ms` ago; with `unwanted`, also those that
/// were written longer ago and nobody has published. Returns how many.
pub async fn delete_old(
    database: &Database,
    age_ms: i64,
    limit: i32,
    unwanted: bool,
) -> Result<u64, DatabaseError> {
    let statement = "select from delete_old_events($1, $2, $3)";
    database
        .count(statement, &[age_ms.into(), limit.into(), unwanted.into()])
        .await
}
