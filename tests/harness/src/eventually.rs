//! Waiting for a condition.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// Calls `ask` repeatedly until it returns `Ok`, and returns its value.
///
/// # Panics
/// When it still returns `Err` after `patience`; shows the last error.
pub async fn eventually<T, F>(what: &str, patience: Duration, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let end = Instant::now() + patience;
    let mut pause = Duration::from_millis(10);
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(why) if Instant::now() >= end => panic!("{what}: not within {patience:?}: {why}"),
            Err(_) => sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(250));
    }
}
