//! Waiting for a saga. The row is watched, not the task that drives it: that may be in another
//! instance, or gone.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::{channel::oneshot, future::select};
use service::{background::yield_now, database::DatabaseError};
use spin_sdk::time::sleep;
use uuid::Uuid;

use crate::{
    driver::take_over,
    state::Orders,
    store::sagas::{Glance, glance},
};

/// How long to wait between two looks: short at first, longer as nothing happens.
pub struct Pause(Duration);

impl Pause {
    const SHORTEST: Duration = Duration::from_millis(30);
    const LONGEST: Duration = Duration::from_millis(250);

    pub const fn new() -> Self {
        Self(Self::SHORTEST)
    }

    /// Something happened; more may follow soon.
    pub const fn shorten(&mut self) {
        self.0 = Self::SHORTEST;
    }

    pub async fn rest(&mut self) {
        yield_now().await;
        sleep(self.0).await;
        self.0 = (self.0 * 3 / 2).min(Self::LONGEST);
    }
}

/// Looks at a saga, and takes it over when nobody drives it.
pub async fn look(orders: &Orders, order_id: Uuid) -> Result<Option<Glance>, DatabaseError> {
    let seen = glance(orders.service.database(), order_id).await?;
    if seen.is_some_and(|seen| seen.due) {
        take_over(orders, order_id);
    }
    Ok(seen)
}

/// Waits until the saga has ended, for `limit` at the most. `driven` spares most of the looking: it
/// resolves when the driver in this very instance has done what it can.
pub async fn until_ended(
    orders: &Orders,
    order_id: Uuid,
    limit: Duration,
    driven: Option<oneshot::Receiver<()>>,
) -> Result<(), DatabaseError> {
    let start = Instant::now();
    if let Some(driven) = driven {
        // A driver that was fenced or has let go leaves the rest to the looking.
        let patience = limit.min(Pause::LONGEST * 4);
        yield_now().await;
        select(driven, pin!(sleep(patience))).await;
    }
    let mut pause = Pause::new();
    while look(orders, order_id)
        .await?
        .is_some_and(|seen| !seen.ended)
    {
        if start.elapsed() >= limit {
            break;
        }
        pause.rest().await;
    }
    Ok(())
}
