//! A timer on every wait for something outside: the host sets none that is short enough.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};

/// The wait took longer than allowed; what it waited for may or may not have happened.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct TimedOut(pub Duration);

/// Waits for `work` for at most `limit`, then drops it.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, TimedOut> {
    match select(pin!(work), pin!(spin_sdk::time::sleep(limit))).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(_) => Err(TimedOut(limit)),
    }
}
