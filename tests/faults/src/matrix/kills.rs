//! The cases that need the driver's host killed or paused: the calls of all are held, then this is done once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::join_all;
use tokio::time::sleep;

use super::check::{CaseResult, check, journal_ends_with_held_call};
use super::context::{MatrixContext, PATIENCE};
use super::journal_lock::JournalLock;
use super::running_case::{FinishedCase, RunningCase, caught};
use super::test_case::{SCENARIOS, cross};
use super::{InjectedFault, TestCase};
use crate::fixtures::Fixtures;
use crate::proxy::Release;

/// Longer than it takes from an answer's release to the journal write that waits at the lock.
const SETTLE_TIME: Duration = Duration::from_millis(300);

pub(super) async fn run(
    context: &Arc<MatrixContext>,
    faults: &[InjectedFault],
) -> Result<Vec<CaseResult>> {
    let begun = Instant::now();
    let cases = cross(&SCENARIOS, faults, false);
    let fixtures = Arc::new(Fixtures::prepare(&context.system.via_host(0)).await);
    let started = cases.iter().map(|case| start(context, &fixtures, *case));
    let (mut held, mut finished) = (Vec::new(), Vec::new());
    for started in join_all(started).await {
        match started {
            Ok(running) => held.push(running),
            Err(failed) => finished.push(failed),
        }
    }
    println!(
        "matrix: {} calls are held after {:.1} s",
        held.len(),
        begun.elapsed().as_secs_f32()
    );
    let missed = kill_or_pause_driver(context, faults[0], &held).await?;
    let ended = held.into_iter().map(|running| async {
        let outcome = match missed.contains(&running.order) {
            true => Err(anyhow::anyhow!(
                "the driver was not killed at the intended point"
            )),
            false => running.wait_for_end(context).await,
        };
        FinishedCase {
            case: running.case,
            running: Some(running),
            outcome,
        }
    });
    finished.extend(join_all(ended).await);
    if faults[0] == InjectedFault::Paused {
        resume_driver(context, &finished).await?;
    }
    context.system.settled().await;
    let names: Vec<&str> = faults.iter().map(|fault| fault.names().0).collect();
    println!(
        "matrix: {} done after {:.1} s",
        names.join(" and "),
        begun.elapsed().as_secs_f32()
    );
    check(context, finished).await
}

async fn start(
    context: &Arc<MatrixContext>,
    fixtures: &Arc<Fixtures>,
    case: TestCase,
) -> Result<Arc<RunningCase>, FinishedCase> {
    let (context, fixtures) = (Arc::clone(context), Arc::clone(fixtures));
    let started = caught(async move {
        let running = RunningCase::begin(&context, &fixtures, case, true).await?;
        running.wait_at_gate().await?;
        Ok(Arc::new(running))
    });
    started
        .await
        .map_err(|error| FinishedCase::failed(case, None, error))
}

/// Kills or pauses the driver, so that its sagas are claimed by another. Returns the orders whose driver was not
/// at the intended point.
async fn kill_or_pause_driver(
    context: &MatrixContext,
    fault: InjectedFault,
    held: &[Arc<RunningCase>],
) -> Result<Vec<uuid::Uuid>> {
    let driver = &context.system.hosts[0];
    let mut missed = Vec::new();
    match fault {
        InjectedFault::KilledBeforeJournal | InjectedFault::KilledDuringJournal => {
            let orders: Vec<_> = held.iter().map(|running| running.order).collect();
            let lock = JournalLock::take(&orders).await?;
            open(held, Release::Pass);
            lock.wait_until_contended(SETTLE_TIME, PATIENCE).await?;
            driver.kill().await?;
            if fault == InjectedFault::KilledBeforeJournal {
                lock.terminate_waiting().await?;
                lock.release().await?;
                missed = journal_ends_with_held_call(held, true).await;
            } else {
                lock.release().await?;
                sleep(SETTLE_TIME).await;
                // A statement that was queued behind another's may not have been written; one written is enough.
                missed = journal_ends_with_held_call(held, false).await;
                if missed.len() < held.len() {
                    missed.clear();
                }
            }
        }
        InjectedFault::Paused => {
            driver.pause().await?;
            context.recovery.call_host(1);
            held.iter().for_each(|running| running.gate.stop_holding());
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

/// Resumes the paused driver. Its held calls arrive first, so that it receives their answers.
async fn resume_driver(context: &MatrixContext, finished: &[FinishedCase]) -> Result<()> {
    let running = finished
        .iter()
        .filter_map(|finished| finished.running.as_ref());
    running.for_each(|running| running.gate.open(Release::Pass));
    context.system.settled().await;
    context.system.hosts[0].resume().await?;
    context.recovery.call_host(0);
    // Time for its late journal writes.
    sleep(Duration::from_secs(2)).await;
    Ok(())
}

fn open(held: &[Arc<RunningCase>], release: Release) {
    held.iter().for_each(|running| running.gate.open(release));
}
