//! The cells for which nobody has to die: all at once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures::{StreamExt, stream};
use harness::purchase::PRICE;
use tokio::time::interval;

use super::judge::{Verdict, judge};
use super::report::Progress;
use super::underway::{Tried, Underway, caught};
use super::{Cell, Field};
use crate::ground::Ground;

/// How many cells are on their way at the same time.
const AT_ONCE: usize = 64;

pub(super) async fn run(field: &Arc<Field>, cells: Vec<Cell>) -> Result<Vec<Verdict>> {
    let ground = Arc::new(Ground::prepare(&field.rig.stack(0)).await);
    let progress = Arc::new(Progress::of(cells.len()));
    let shown = tokio::spawn({
        let progress = Arc::clone(&progress);
        async move {
            let mut ticks = interval(Duration::from_secs(2));
            loop {
                ticks.tick().await;
                progress.show();
            }
        }
    });
    let tried: Vec<Tried> = stream::iter(cells)
        .map(|cell| {
            let (field, ground) = (Arc::clone(field), Arc::clone(&ground));
            let progress = Arc::clone(&progress);
            async move {
                let tried = attempt(&field, &ground, cell).await;
                progress.count(tried.outcome.is_ok());
                tried
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    shown.abort();
    progress.show();
    // What was slow has arrived; then nothing stands in the way of what comes again.
    field.rig.settled().await;
    ground.lift_obstacles().await?;
    for underway in tried.iter().filter_map(|tried| tried.underway.as_ref()) {
        underway.customer.deposit(10 * PRICE).await;
    }
    for proxy in &field.rig.proxies {
        proxy.deliver_all_kept().await;
    }
    judge(field, tried).await
}

async fn attempt(field: &Arc<Field>, ground: &Arc<Ground>, cell: Cell) -> Tried {
    let begun = caught({
        let (field, ground) = (Arc::clone(field), Arc::clone(ground));
        async move {
            Underway::begin(&field, &ground, cell, false)
                .await
                .map(Arc::new)
        }
    });
    let underway = match begun.await {
        Ok(underway) => underway,
        Err(error) => return Tried::failed(cell, None, error),
    };
    let outcome = caught({
        let (field, underway) = (Arc::clone(field), Arc::clone(&underway));
        async move {
            underway.go_through(&field).await?;
            underway.ended(&field).await
        }
    });
    let outcome = outcome.await;
    // Whatever went wrong, it is not to be held for ever.
    field.board.lift(underway.customer.id);
    Tried {
        cell,
        underway: Some(underway),
        outcome,
    }
}
