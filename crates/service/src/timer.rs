//! Timeouts. Every wait for something outside the component needs one: the host's are too long.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};

/// The time was over before the future was ready. What it waited for may or may not have happened.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct TimedOut(pub Duration);

/// Waits for the future for at most `limit`, then drops it.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, TimedOut> {
    match select(pin!(future), pin!(spin_sdk::time::sleep(limit))).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(_) => Err(TimedOut(limit)),
    }
}
