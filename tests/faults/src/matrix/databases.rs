//! The cases with a fault of a database: a trap catches the statement of the case's call, or the journal write after it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::{StreamExt, stream};
use harness::customer::Customer;
use harness::postgres_proxy::Sprung;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::TestCase;
use super::check::{CaseResult, check};
use super::context::MatrixContext;
use super::database_fault::DatabaseFault;
use super::injected_fault::InjectedFault;
use super::running_case::{FinishedCase, RunningCase, caught};
use super::test_case;
use crate::fault_plans::FaultRule;
use crate::fixtures::Fixtures;
use crate::proxy::{Fault, Gate, StatementTrap};
use crate::scenario::Scenario;

/// How many cases run at the same time.
const AT_ONCE: usize = 64;
/// After a restart, so that the sagas get on before the next one.
const BETWEEN_RESTARTS: Duration = Duration::from_millis(250);

/// What an order is made of.
type Prepared = (Customer, Value);

pub(super) async fn run(
    context: &Arc<MatrixContext>,
    faults: &[DatabaseFault],
) -> Result<Vec<CaseResult>> {
    let begun = Instant::now();
    let cases = test_case::of_databases(faults);
    let fixtures = Fixtures::prepare(&context.system.via_host(0)).await;
    // Before the first fault: it may reach others' deposits.
    let prepared = cases.iter().map(|case| fixtures.order(case.scenario));
    let prepared: Vec<Prepared> = stream::iter(prepared).buffered(AT_ONCE).collect().await;
    let restart = Arc::new(Notify::new());
    let restarting = tokio::spawn(restart_when_notified(
        Arc::clone(context),
        Arc::clone(&restart),
    ));
    let attempts = cases.into_iter().zip(prepared);
    let attempts = attempts.map(|(case, prepared)| attempt(context, case, prepared, &restart));
    let finished = stream::iter(attempts).buffer_unordered(AT_ONCE).collect();
    let finished: Vec<FinishedCase> = finished.await;
    restarting.abort();
    context.system.postgres.start().await?;
    context.system.databases.restore();
    context.system.settled().await;
    let well = all_is_well(&fixtures).await;
    let names: Vec<&str> = faults.iter().map(|fault| fault.names().0).collect();
    println!(
        "matrix: databases: {} done after {:.1} s",
        names.join(", "),
        begun.elapsed().as_secs_f32()
    );
    let mut results = check(context, finished).await?;
    if let Err(error) = well {
        let wrong = format!("afterwards an order failed: {error:#}");
        results.push(CaseResult::without_case(vec![wrong]));
    }
    Ok(results)
}

async fn attempt(
    context: &Arc<MatrixContext>,
    case: TestCase,
    (customer, body): Prepared,
    restart: &Arc<Notify>,
) -> FinishedCase {
    let sprung = Sprung::default();
    let trap = trap(context, &case, restart, &sprung);
    let rule = FaultRule {
        participant: case.participant,
        verb: case.verb,
        attempts: case.attempts(),
        fault: trap.map_or(Fault::None, Fault::Trapped),
    };
    context.plans.plan(customer.id, vec![rule]);
    let placed = caught({
        let context = Arc::clone(context);
        async move {
            let gate = Gate::closed();
            let running = RunningCase::place(&context, case, (customer, body), gate).await?;
            Ok(Arc::new(running))
        }
    });
    let running = match placed.await {
        Ok(running) => running,
        Err(error) => return FinishedCase::failed(case, None, error),
    };
    let outcome = caught({
        let (context, running) = (Arc::clone(context), Arc::clone(&running));
        async move {
            let took = running.wait_for_end(&context).await?;
            ensure!(sprung.count() > 0, "no statement was caught");
            Ok(took)
        }
    });
    FinishedCase {
        case,
        running: Some(running),
        outcome: outcome.await,
    }
}

fn trap(
    context: &MatrixContext,
    case: &TestCase,
    restart: &Arc<Notify>,
    sprung: &Sprung,
) -> Option<StatementTrap> {
    let InjectedFault::Database { owner, fault } = case.fault else {
        return None;
    };
    let service = owner.service(case.participant);
    Some(StatementTrap {
        proxy: context.system.databases.of(service).clone(),
        fault: fault.of_statement(restart),
        sprung: sprung.clone(),
    })
}

async fn restart_when_notified(context: Arc<MatrixContext>, restart: Arc<Notify>) -> Result<()> {
    loop {
        restart.notified().await;
        context.system.postgres.stop_immediately().await?;
        context.system.postgres.start().await?;
        sleep(BETWEEN_RESTARTS).await;
    }
}

/// An order without a fault, at once after the last one.
async fn all_is_well(fixtures: &Fixtures) -> Result<()> {
    let (customer, body) = fixtures.order(Scenario::Succeeds).await;
    caught(async move {
        let order = customer.place_and_wait(&body).await;
        ensure!(order.is_ready(), "{order:#?}");
        Ok(())
    })
    .await
}
