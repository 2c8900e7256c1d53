//! Checks of a case in the databases.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use harness::databases::{Database, Databases, Service};
use harness::invariants;
use serde_json::Value;
use uuid::Uuid;

use super::context::MatrixContext;
use super::participant_rows::status_at;
use super::running_case::{FinishedCase, RunningCase};
use super::test_case::TestCase;
use crate::proxy::Verb;

/// The result of a case.
pub struct CaseResult {
    /// `None` when the failures belong to no case.
    pub case: Option<TestCase>,
    pub took: Option<Duration>,
    pub wrong: Vec<String>,
    /// Of the order; empty unless something is wrong.
    pub journal: Vec<String>,
}

impl CaseResult {
    pub(super) fn without_case(wrong: Vec<String>) -> Self {
        Self {
            case: None,
            took: None,
            wrong,
            journal: Vec::new(),
        }
    }
}

/// Checks each case, once no call is in progress.
pub(super) async fn check(
    context: &MatrixContext,
    finished: Vec<FinishedCase>,
) -> Result<Vec<CaseResult>> {
    let databases = Databases::open().await;
    let mut violations = invariants::violations(&databases).await;
    let mut results = Vec::new();
    for finished in finished {
        results.push(result(context, &databases, &mut violations, finished).await);
    }
    if !violations.is_empty() {
        results.push(CaseResult::without_case(violations));
    }
    Ok(results)
}

async fn result(
    context: &MatrixContext,
    databases: &Databases,
    violations: &mut Vec<String>,
    finished: FinishedCase,
) -> CaseResult {
    let mut wrong = Vec::new();
    let took = finished
        .outcome
        .map_err(|error| wrong.push(format!("{error:#}")))
        .ok();
    let mut lines = Vec::new();
    if let Some(running) = &finished.running {
        let id = running.order.to_string();
        wrong.extend(violations.extract_if(.., |line| line.contains(&id)));
        wrong.extend(ending(databases, running).await);
        if context.plans.injected(running.customer.id) == 0 {
            wrong.push("the fault was never injected".into());
        }
        if !wrong.is_empty() {
            lines = journal(&databases.order, running.order).await;
        }
    }
    CaseResult {
        case: Some(finished.case),
        took,
        wrong,
        journal: lines,
    }
}

/// What is wrong with how the order ended.
async fn ending(databases: &Databases, running: &RunningCase) -> Vec<String> {
    let mut wrong = Vec::new();
    let sql = "select status, cancellation_code, cancellation_detail from orders where id = $1";
    let rows = databases.order.rows(sql, &[&running.order]).await;
    let Some(row) = rows.first() else {
        return vec!["there is no such order".into()];
    };
    let (status, code, detail): (String, Option<String>, Option<String>) =
        (row.get(0), row.get(1), row.get(2));
    let expected = running.case.ending();
    let right =
        status == expected.status && code.as_deref() == expected.code && detail == expected.detail;
    if !right {
        wrong.push(format!(
            "it ended {status} {code:?} {detail:?} instead of {expected:?}"
        ));
    }
    if let Some(refuser) = running.case.scenario.refuser() {
        let held = status_at(refuser, running.order).await;
        if held.as_deref() != Some("VOID") {
            wrong.push(format!(
                "{refuser} refused, and has {held:?} instead of a tombstone"
            ));
        }
    }
    wrong
}

/// The orders whose journal does not end with the held call; with `expected` false, those whose journal does.
pub(super) async fn journal_ends_with_held_call(
    held: &[Arc<RunningCase>],
    expected: bool,
) -> Vec<Uuid> {
    let order = Database::open(Service::Order).await;
    let mut missed = Vec::new();
    for running in held {
        let sql = "select entry from saga_journal where order_id = $1 order by seq desc limit 1";
        let rows = order.rows(sql, &[&running.order]).await;
        let event: Value = rows.first().map_or(Value::Null, |row| row.get(0));
        let sent = match running.case.verb {
            Verb::Put => "SENT",
            Verb::Delete => "UNDO_SENT",
        };
        let at_held_call =
            event["type"] == sent && event["step"] == running.case.participant.step();
        if at_held_call != expected {
            missed.push(running.order);
        }
    }
    missed
}

/// An order's journal, one entry per line.
async fn journal(order: &Database, id: Uuid) -> Vec<String> {
    let sql = "select format('%s  epoch %s  %s', seq, epoch, entry) from saga_journal where order_id = $1 order by seq";
    let rows = order.rows(sql, &[&id]).await;
    rows.iter().map(|row| row.get(0)).collect()
}
