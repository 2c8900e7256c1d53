//! Waiting for a saga. What is polled is its row, not the task that drives it: that one may be in another
//! instance, or gone.

use std::time::{Duration, Instant};

use service::{background::yield_now, database::DatabaseError};
use spin_sdk::time::sleep;
use uuid::Uuid;

use crate::{
    driver::claim_and_drive,
    state::Orders,
    store::sagas::{Progress, progress},
};

/// The time between two polls: short at first, longer as long as nothing changes.
pub struct PollInterval(Duration);

impl PollInterval {
    const SHORTEST: Duration = Duration::from_millis(30);
    pub const LONGEST: Duration = Duration::from_millis(250);

    pub const fn new() -> Self {
        Self(Self::SHORTEST)
    }

    /// Something has changed, and more may follow soon.
    pub const fn reset(&mut self) {
        self.0 = Self::SHORTEST;
    }

    pub async fn wait(&mut self) {
        yield_now().await;
        sleep(self.0).await;
        self.0 = (self.0 * 3 / 2).min(Self::LONGEST);
    }
}

/// Reads how far a saga is; claims it and drives it in the background when it is due.
pub async fn poll(orders: &Orders, order_id: Uuid) -> Result<Option<Progress>, DatabaseError> {
    let progress = progress(orders.service.database(), order_id).await?;
    if progress.is_some_and(|progress| progress.due) {
        claim_and_drive(orders, order_id);
    }
    Ok(progress)
}

/// Waits until the saga has ended, at most for `limit`.
pub async fn until_ended(
    orders: &Orders,
    order_id: Uuid,
    limit: Duration,
) -> Result<(), DatabaseError> {
    let start = Instant::now();
    let mut interval = PollInterval::new();
    while poll(orders, order_id)
        .await?
        .is_some_and(|progress| !progress.ended)
    {
        if start.elapsed() >= limit {
            break;
        }
        interval.wait().await;
    }
    Ok(())
}
