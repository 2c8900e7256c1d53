//! Statements about the events that wait to be published.

use serde::Deserialize;
use serde_json::Value;
use service::{
    Database,
    database::{DatabaseError, jsonb},
};
use uuid::Uuid;

/// An event, as it is published.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its place in the outbox.
    pub position: i64,
    pub order_id: Uuid,
    /// The CloudEvent.
    pub event: Value,
}

/// What a publisher is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// The next events of one lane, each order's in their order.
    pub events: Vec<Event>,
    /// There are events, and others are publishing them.
    pub busy: bool,
    /// There are events that may be tried again after so many milliseconds.
    pub rest_ms: Option<u64>,
}

/// Notes the positions that the broker has acknowledged, and takes the next events for `lease_ms`, `limit` of them at
/// the most.
pub async fn take(
    database: &Database,
    owner: Uuid,
    acknowledged: &[i64],
    lease_ms: i32,
    limit: i32,
) -> Result<Taken, DatabaseError> {
    let statement = "select take_events($1, $2, $3, $4)";
    let parameters = [
        owner.into(),
        jsonb(&acknowledged)?,
        lease_ms.into(),
        limit.into(),
    ];
    database.json(statement, &parameters).await
}

/// Notes the positions that the broker has acknowledged, and lets what `owner` has taken rest: for `pause_ms`, longer
/// after each failure, `longest_ms` at the most. Answers for how many milliseconds; none when it is another's by now.
pub async fn rest(
    database: &Database,
    owner: Uuid,
    acknowledged: &[i64],
    (pause_ms, longest_ms): (i32, i32),
) -> Result<Option<u64>, DatabaseError> {
    let statement = "select to_jsonb(rest_lane($1, $2, $3, $4))";
    let parameters = [
        owner.into(),
        jsonb(&acknowledged)?,
        pause_ms.into(),
        longest_ms.into(),
    ];
    database.json(statement, &parameters).await
}

/// Deletes events that were published longer than `age_ms` ago, among the `limit` oldest. Answers how many.
pub async fn forget(database: &Database, age_ms: i64, limit: i32) -> Result<u64, DatabaseError> {
    let statement = "select from forget_events($1, $2)";
    database
        .count(statement, &[age_ms.into(), limit.into()])
        .await
}
