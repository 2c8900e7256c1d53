//! A cell whose order is placed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use harness::customer::Customer;
use harness::order::Order;
use uuid::Uuid;

use super::{Cell, Course, Field, PATIENCE};
use crate::ground::Ground;
use crate::proxy::{Gate, Release};
use crate::watch::Standing;

pub struct Underway {
    pub cell: Cell,
    pub customer: Customer,
    pub order: Uuid,
    pub gate: Gate,
    begun: Instant,
}

impl Underway {
    /// Places the cell's order on the host at `place`, and has it cancelled if that is its course.
    pub async fn begin(field: &Field, ground: &Ground, cell: Cell, held: bool) -> Result<Self> {
        let begun = Instant::now();
        let gate = Gate::closed();
        let (customer, body) = ground.order(cell.course).await;
        let attempts = if held {
            crate::board::EVERY_ATTEMPT
        } else {
            cell.attempts()
        };
        field.board.plan(customer.id, cell.rules(attempts, &gate));
        let place = usize::from(cell.never_answered());
        let client = field.rig.stack(place).client;
        let customer = Customer { client, ..customer };
        let answer = customer.post("/api/orders").json(&body).try_send().await;
        let answer =
            answer.map_err(|error| anyhow::anyhow!("the order was not placed: {error}"))?;
        ensure!(answer.status == 201, "the order was not placed: {answer}");
        let placed: Order = answer.read();
        let underway = Self {
            cell,
            customer,
            order: placed.id,
            gate,
            begun,
        };
        if cell.course == Course::CancelledWhenReady {
            underway
                .until(field, "is READY", |standing| standing.status == "READY")
                .await?;
            underway.cancel().await?;
        }
        Ok(underway)
    }

    async fn cancel(&self) -> Result<()> {
        let path = format!("/api/orders/{}/cancel", self.order);
        let answer = self.customer.post(path).try_send().await;
        let answer = answer.map_err(|error| anyhow::anyhow!("it was not cancelled: {error}"))?;
        ensure!(answer.status == 200, "it was not cancelled: {answer}");
        Ok(())
    }

    /// Does what the cell needs beside waiting.
    pub async fn go_through(&self, field: &Field) -> Result<()> {
        if let Course::CancelledDuring(_) = self.cell.course {
            self.at_the_gate().await?;
            self.cancel().await?;
            self.until(field, "is undone", |standing| standing.ended)
                .await?;
            self.gate.open(Release::Pass);
        }
        if self.cell.gets_stuck() {
            self.until(field, "is STUCK", |standing| standing.state == "STUCK")
                .await?;
            super::judge::others_are_undone(self).await?;
            field.board.lift(self.customer.id);
        }
        Ok(())
    }

    pub async fn at_the_gate(&self) -> Result<()> {
        ensure!(self.gate.reached(PATIENCE).await, "the call never came");
        Ok(())
    }

    /// Waits for the end of its saga, and gives how long all took.
    pub async fn ended(&self, field: &Field) -> Result<Duration> {
        // What is seen may be a moment old: a saga that was READY before it was cancelled.
        let cancelled = self.cell.course == Course::CancelledWhenReady;
        let has_ended =
            |standing: &Standing| standing.ended && (!cancelled || standing.status == "CANCELLED");
        self.until(field, "has ended", has_ended).await?;
        Ok(self.begun.elapsed())
    }

    async fn until(
        &self,
        field: &Field,
        what: &str,
        is_right: impl Fn(&Standing) -> bool,
    ) -> Result<Standing> {
        match field.watch.until(self.order, PATIENCE, is_right).await {
            Ok(standing) => Ok(standing),
            Err(standing) => bail!("not within {PATIENCE:?}: it {what}; it stands {standing:?}"),
        }
    }
}

/// What became of a cell that was tried: its order may not even be placed.
pub struct Tried {
    pub cell: Cell,
    pub underway: Option<Arc<Underway>>,
    pub outcome: Result<Duration>,
}

impl Tried {
    pub fn failed(cell: Cell, underway: Option<Arc<Underway>>, error: anyhow::Error) -> Self {
        Self {
            cell,
            underway,
            outcome: Err(error),
        }
    }
}

/// Runs `work`, a panic of which is an error like any other.
pub async fn caught<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => {
            let panic = error.into_panic();
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            bail!("{}", text.unwrap_or("a panic without words"))
        }
        Err(error) => Err(error).context("given up"),
    }
}
