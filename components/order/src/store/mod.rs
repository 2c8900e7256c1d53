//! The statements. The functions that they call are in `migrations/order`.

pub mod metrics;
pub mod orders;
pub mod outbox;
pub mod sagas;

use serde::Serialize;
use service::database::DatabaseError;
use spin_sdk::pg::ParameterValue;

/// A `jsonb` parameter.
fn jsonb(value: &impl Serialize) -> Result<ParameterValue, DatabaseError> {
    let bytes = serde_json::to_vec(value);
    let bytes = bytes.map_err(|error| DatabaseError::Unexpected(error.to_string()))?;
    Ok(ParameterValue::Jsonb(bytes))
}

#[cfg(test)]
mod tests;
