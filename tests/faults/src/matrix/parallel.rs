//! The cases that need no host killed: they run in parallel.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures::{StreamExt, stream};
use harness::purchase::PRICE;
use tokio::time::interval;

use super::check::{CaseResult, check};
use super::context::MatrixContext;
use super::report::Progress;
use super::running_case::{FinishedCase, RunningCase, caught};
use super::test_case::TestCase;
use crate::fixtures::Fixtures;

/// How many cases run at the same time.
const AT_ONCE: usize = 64;

pub(super) async fn run(
    context: &Arc<MatrixContext>,
    cases: Vec<TestCase>,
) -> Result<Vec<CaseResult>> {
    let fixtures = Arc::new(Fixtures::prepare(&context.system.via_host(0)).await);
    let progress = Arc::new(Progress::of(cases.len()));
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
    let finished: Vec<FinishedCase> = stream::iter(cases)
        .map(|case| {
            let (context, fixtures) = (Arc::clone(context), Arc::clone(&fixtures));
            let progress = Arc::clone(&progress);
            async move {
                let finished = attempt(&context, &fixtures, case).await;
                progress.count(finished.outcome.is_ok());
                finished
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    shown.abort();
    progress.show();
    // First the slow calls arrive. Then nothing makes a participant refuse the copies.
    context.system.settled().await;
    fixtures.remove_refusal_causes().await?;
    for running in finished
        .iter()
        .filter_map(|finished| finished.running.as_ref())
    {
        running.customer.deposit(10 * PRICE).await;
    }
    for proxy in &context.system.proxies {
        proxy.deliver_all_copies().await;
    }
    check(context, finished).await
}

async fn attempt(
    context: &Arc<MatrixContext>,
    fixtures: &Arc<Fixtures>,
    case: TestCase,
) -> FinishedCase {
    let begun = caught({
        let (context, fixtures) = (Arc::clone(context), Arc::clone(fixtures));
        async move {
            RunningCase::begin(&context, &fixtures, case, false)
                .await
                .map(Arc::new)
        }
    });
    let running = match begun.await {
        Ok(running) => running,
        Err(error) => return FinishedCase::failed(case, None, error),
    };
    let outcome = caught({
        let (context, running) = (Arc::clone(context), Arc::clone(&running));
        async move {
            running.run_scenario(&context).await?;
            running.wait_for_end(&context).await
        }
    });
    let outcome = outcome.await;
    // Also after a failure: otherwise its calls would be held until the end.
    context.plans.clear(running.customer.id);
    FinishedCase {
        case,
        running: Some(running),
        outcome,
    }
}
