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
pub struct PollInterval {
    next: Duration,
    /// How long nothing has changed.
    unchanged: Duration,
}

impl PollInterval {
    const SHORTEST: Duration = Duration::from_millis(30);
    /// While an answer may come at any moment.
    pub const LONGEST: Duration = Duration::from_millis(250);
    /// After [`Self::UNCHANGED`], when the saga seems to wait for a participant that is away. It is long enough for the
    /// instance to give its database connection back meanwhile.
    const SELDOM: Duration = Duration::from_millis(1_500);
    const UNCHANGED: Duration = Duration::from_secs(3);

    pub const fn new() -> Self {
        Self {
            next: Self::SHORTEST,
            unchanged: Duration::ZERO,
        }
    }

    /// Something has changed, and more may follow soon.
    pub const fn reset(&mut self) {
        *self = Self::new();
    }

    /// Waits until the next poll, at most for `limit`.
    pub async fn wait(&mut self, orders: &Orders, limit: Duration) {
        yield_now().await;
        let interval = sleep(self.take_next().min(limit));
        orders.service.database().idle_during(interval).await;
    }

    /// The time to wait now.
    fn take_next(&mut self) -> Duration {
        let now = self.next;
        self.unchanged += now;
        self.next = match self.unchanged < Self::UNCHANGED {
            true => (now * 3 / 2).min(Self::LONGEST),
            false => Self::SELDOM,
        };
        now
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
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        interval.wait(orders, left).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_grows_while_nothing_changes() {
        let mut interval = PollInterval::new();
        let mut taken = Duration::ZERO;
        let mut polls = 0;
        while taken < PollInterval::UNCHANGED {
            let next = interval.take_next();
            assert!((PollInterval::SHORTEST..=PollInterval::LONGEST).contains(&next));
            taken += next;
            polls += 1;
        }
        assert_eq!(polls, 16);
        assert_eq!(interval.take_next(), PollInterval::SELDOM);
        interval.reset();
        assert_eq!(interval.take_next(), PollInterval::SHORTEST);
    }
}
