//! What the databases say of a cell.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use harness::databases::{Database, Service};
use harness::invariants::Databases;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::underway::{Tried, Underway};
use super::{Cell, Field};
use crate::proxy::{Participant, Verb};

/// How a cell went.
pub struct Verdict {
    /// `None`: what is wrong belongs to no cell.
    pub cell: Option<Cell>,
    pub took: Option<Duration>,
    pub wrong: Vec<String>,
    /// When something is wrong.
    pub journal: Vec<String>,
}

impl Verdict {
    pub(super) fn of_no_cell(wrong: Vec<String>) -> Self {
        Self {
            cell: None,
            took: None,
            wrong,
            journal: Vec::new(),
        }
    }
}

/// Judges each cell, when nothing is under way any more.
pub(super) async fn judge(field: &Field, tried: Vec<Tried>) -> Result<Vec<Verdict>> {
    let databases = Databases::open().await;
    let mut violations = databases.violations().await;
    let mut verdicts = Vec::new();
    for tried in tried {
        verdicts.push(verdict(field, &databases, &mut violations, tried).await);
    }
    if !violations.is_empty() {
        verdicts.push(Verdict::of_no_cell(violations));
    }
    Ok(verdicts)
}

async fn verdict(
    field: &Field,
    databases: &Databases,
    violations: &mut Vec<String>,
    tried: Tried,
) -> Verdict {
    let mut wrong = Vec::new();
    let took = tried
        .outcome
        .map_err(|error| wrong.push(format!("{error:#}")))
        .ok();
    let mut lines = Vec::new();
    if let Some(underway) = &tried.underway {
        let id = underway.order.to_string();
        wrong.extend(violations.extract_if(.., |line| line.contains(&id)));
        wrong.extend(ending(databases, underway).await);
        if field.board.hits(underway.customer.id) == 0 {
            wrong.push("the fault never came to pass".into());
        }
        if !wrong.is_empty() {
            lines = journal(&databases.order, underway.order).await;
        }
    }
    Verdict {
        cell: Some(tried.cell),
        took,
        wrong,
        journal: lines,
    }
}

/// What is wrong with how the order ended.
async fn ending(databases: &Databases, underway: &Underway) -> Vec<String> {
    let mut wrong = Vec::new();
    let sql = "select status, cancellation_code, cancellation_detail from orders where id = $1";
    let rows = databases.order.rows(sql, &[&underway.order]).await;
    let Some(row) = rows.first() else {
        return vec!["there is no such order".into()];
    };
    let (status, code, detail): (String, Option<String>, Option<String>) =
        (row.get(0), row.get(1), row.get(2));
    let expected = underway.cell.ending();
    let right =
        status == expected.status && code.as_deref() == expected.code && detail == expected.detail;
    if !right {
        wrong.push(format!(
            "it ended {status} {code:?} {detail:?} instead of {expected:?}"
        ));
    }
    if let Some(refuser) = underway.cell.course.refuser() {
        let held = held(refuser, underway.order).await;
        if held.as_deref() != Some("VOID") {
            wrong.push(format!(
                "{refuser} refused, and has {held:?} instead of a tombstone"
            ));
        }
    }
    wrong
}

/// A compensation that fails holds up no other: while it is stuck, the others are done.
pub(super) async fn others_are_undone(underway: &Underway) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(10);
    for participant in Participant::ALL
        .into_iter()
        .filter(|it| *it != underway.cell.participant)
    {
        loop {
            let held = held(participant, underway.order).await;
            if matches!(held.as_deref(), Some("REFUNDED" | "RELEASED" | "VOID")) {
                break;
            }
            let stuck = underway.cell.participant;
            ensure!(
                Instant::now() < end,
                "{stuck} is stuck, and holds up {participant}: {held:?}"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// The state of an order's barrier at a participant.
async fn held(participant: Participant, order: Uuid) -> Option<String> {
    let (service, table) = match participant {
        Participant::Billing => (Service::Billing, "charges"),
        Participant::Warehouse => (Service::Warehouse, "reservations"),
        Participant::Delivery => (Service::Delivery, "reservations"),
    };
    let database = Database::open(service).await;
    let sql = format!("select status from {table} where order_id = $1");
    database
        .rows(&sql, &[&order])
        .await
        .first()
        .map(|row| row.get(0))
}

/// The orders whose journal does not end with the call that was held (or, with `at_call` false, those
/// where it still does).
pub(super) async fn journal_stands_at(held: &[Arc<Underway>], at_call: bool) -> Vec<Uuid> {
    let order = Database::open(Service::Order).await;
    let mut missed = Vec::new();
    for underway in held {
        let sql = "select event from saga_events where order_id = $1 order by seq desc limit 1";
        let rows = order.rows(sql, &[&underway.order]).await;
        let event: Value = rows.first().map_or(Value::Null, |row| row.get(0));
        let sent = match underway.cell.verb {
            Verb::Put => "SENT",
            Verb::Delete => "UNDO_SENT",
        };
        let stands = event["type"] == sent && event["step"] == underway.cell.participant.step();
        if stands != at_call {
            missed.push(underway.order);
        }
    }
    missed
}

/// An order's journal, an entry a line.
async fn journal(order: &Database, id: Uuid) -> Vec<String> {
    let sql = "select format('%s  epoch %s  %s', seq, epoch, event) from saga_events where order_id = $1 order by seq";
    let rows = order.rows(sql, &[&id]).await;
    rows.iter().map(|row| row.get(0)).collect()
}
