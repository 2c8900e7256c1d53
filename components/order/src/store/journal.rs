//! Statements about journals whose saga has ended.

use service::{Database, database::DatabaseError};

/// Deletes the journals of sagas that ended longer than `age_ms` ago, of at most `limit`, those that ended first. Returns
/// of how many.
pub async fn delete_old(
    database: &Database,
    age_ms: i64,
    limit: i32,
) -> Result<u64, DatabaseError> {
    let statement = "select from delete_old_journals($1, $2)";
    database
        .count(statement, &[age_ms.into(), limit.into()])
        .await
}
