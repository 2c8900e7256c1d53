//! Waiting for what must become true.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// Asks again and again until the answer is `Ok`, and gives it.
///
/// # Panics
/// When it is still `Err` after `patience`, with the last one.
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
