//! Waiting for a state of the cluster.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::time::sleep;

const TICK: Duration = Duration::from_secs(1);

/// What a wait sees: its end with a value, or what is missing.
pub enum Seen<T> {
    Done(T),
    Missing(String),
}

/// Asks again and again until it is done; returns the value and how long it took. An error while asking counts as
/// missing: the API server may be away for a moment.
///
/// # Errors
/// When it is not done within `limit`, with what was missing last.
pub async fn until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Result<Seen<T>>,
) -> Result<(T, Duration)> {
    let began = Instant::now();
    loop {
        let missing = match ask().await {
            Ok(Seen::Done(value)) => return Ok((value, began.elapsed())),
            Ok(Seen::Missing(what)) => what,
            Err(error) => format!("{error:#}"),
        };
        if began.elapsed() > limit {
            bail!("waited {} s for {what}: {missing}", limit.as_secs());
        }
        sleep(TICK).await;
    }
}

/// `Done` when there is nothing missing.
pub fn nothing(missing: Vec<String>) -> Seen<()> {
    match missing.is_empty() {
        true => Seen::Done(()),
        false => Seen::Missing(missing.join(", ")),
    }
}
