//! The cells for which the driver's host dies or stands still: all their calls are brought to the point,
//! and it dies once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::join_all;
use tokio::time::sleep;

use super::cell::{COURSES, cross};
use super::journal_lock::JournalLock;
use super::judge::{Verdict, journal_stands_at, judge};
use super::underway::{Tried, Underway, caught};
use super::{Cell, Column, Field, PATIENCE};
use crate::ground::Ground;
use crate::proxy::Release;

/// Longer than an answer takes from the gate into a waiting statement.
const MOMENT: Duration = Duration::from_millis(300);

pub(super) async fn run(field: &Arc<Field>, columns: &[Column]) -> Result<Vec<Verdict>> {
    let begun = Instant::now();
    let cells = cross(&COURSES, columns, false);
    let ground = Arc::new(Ground::prepare(&field.rig.stack(0)).await);
    let started = cells.iter().map(|cell| start(field, &ground, *cell));
    let (mut at_the_gate, mut tried) = (Vec::new(), Vec::new());
    for started in join_all(started).await {
        match started {
            Ok(underway) => at_the_gate.push(underway),
            Err(failed) => tried.push(failed),
        }
    }
    println!(
        "matrix: {} calls are held after {:.1} s",
        at_the_gate.len(),
        begun.elapsed().as_secs_f32()
    );
    let missed = strike(field, columns[0], &at_the_gate).await?;
    let ended = at_the_gate.into_iter().map(|underway| async {
        let outcome = match missed.contains(&underway.order) {
            true => Err(anyhow::anyhow!(
                "the driver did not die where it should have"
            )),
            false => underway.ended(field).await,
        };
        Tried {
            cell: underway.cell,
            underway: Some(underway),
            outcome,
        }
    });
    tried.extend(join_all(ended).await);
    if columns[0] == Column::Paused {
        wake_up(field, &tried).await?;
    }
    field.rig.settled().await;
    let names: Vec<&str> = columns.iter().map(|column| column.names().0).collect();
    println!(
        "matrix: {} done after {:.1} s",
        names.join(" and "),
        begun.elapsed().as_secs_f32()
    );
    judge(field, tried).await
}

async fn start(
    field: &Arc<Field>,
    ground: &Arc<Ground>,
    cell: Cell,
) -> Result<Arc<Underway>, Tried> {
    let (field, ground) = (Arc::clone(field), Arc::clone(ground));
    let started = caught(async move {
        let underway = Underway::begin(&field, &ground, cell, true).await?;
        underway.at_the_gate().await?;
        Ok(Arc::new(underway))
    });
    started
        .await
        .map_err(|error| Tried::failed(cell, None, error))
}

/// Kills the driver or makes it stand still, and has its sagas taken up. Returns the orders whose driver
/// was not where it should have been.
async fn strike(field: &Field, column: Column, held: &[Arc<Underway>]) -> Result<Vec<uuid::Uuid>> {
    let driver = &field.rig.hosts[0];
    let mut missed = Vec::new();
    match column {
        Column::KilledBeforeJournal | Column::KilledDuringJournal => {
            let orders: Vec<_> = held.iter().map(|underway| underway.order).collect();
            let lock = JournalLock::take(&orders).await?;
            open(held, Release::Pass);
            lock.somebody_waits(MOMENT, PATIENCE).await?;
            driver.kill().await?;
            if column == Column::KilledBeforeJournal {
                lock.end_those_who_wait().await?;
                lock.release().await?;
                missed = journal_stands_at(held, true).await;
            } else {
                lock.release().await?;
                sleep(MOMENT).await;
                // Those whose statement was still behind another's were not written, which is well too.
                missed = journal_stands_at(held, false).await;
                if missed.len() < held.len() {
                    missed.clear();
                }
            }
        }
        Column::Paused => {
            driver.pause().await?;
            field.recovery.turn_to(1);
            held.iter()
                .for_each(|underway| underway.gate.let_newcomers_pass());
            return Ok(missed);
        }
        _ => {
            driver.kill().await?;
            open(held, Release::Cut);
        }
    }
    driver
        .start()
        .await
        .context("starting the driver's host again")?;
    Ok(missed)
}

/// Lets the paused driver go on: its calls arrive now, and their answers find it.
async fn wake_up(field: &Field, tried: &[Tried]) -> Result<()> {
    let underway = tried.iter().filter_map(|tried| tried.underway.as_ref());
    underway.for_each(|underway| underway.gate.open(Release::Pass));
    field.rig.settled().await;
    field.rig.hosts[0].go_on().await?;
    field.recovery.turn_to(0);
    // Time to write whatever it still wants to write.
    sleep(Duration::from_secs(2)).await;
    Ok(())
}

fn open(held: &[Arc<Underway>], release: Release) {
    held.iter().for_each(|underway| underway.gate.open(release));
}
