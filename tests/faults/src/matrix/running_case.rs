//! A case whose order was placed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use harness::customer::Customer;
use harness::order::Order;
use uuid::Uuid;

use super::context::{MatrixContext, PATIENCE};
use super::participant_rows::others_are_compensated;
use super::test_case::TestCase;
use crate::fixtures::Fixtures;
use crate::order_watcher::OrderState;
use crate::proxy::{Gate, Release};
use crate::scenario::Scenario;

pub struct RunningCase {
    pub case: TestCase,
    pub customer: Customer,
    pub order: Uuid,
    pub gate: Gate,
    begun: Instant,
}

impl RunningCase {
    /// Places the order of the case, and cancels it when it is READY if that is its scenario. With `held`, every
    /// attempt of its call waits at the gate.
    pub async fn begin(
        context: &MatrixContext,
        fixtures: &Fixtures,
        case: TestCase,
        held: bool,
    ) -> Result<Self> {
        let begun = Instant::now();
        let gate = Gate::closed();
        let (customer, body) = fixtures.order(case.scenario).await;
        let attempts = if held {
            crate::fault_plans::EVERY_ATTEMPT
        } else {
            case.attempts()
        };
        context.plans.plan(customer.id, case.rules(attempts, &gate));
        let place = usize::from(case.never_answered());
        let client = context.system.via_host(place).client;
        let customer = Customer { client, ..customer };
        let answer = customer.post("/api/orders").json(&body).try_send().await;
        let answer =
            answer.map_err(|error| anyhow::anyhow!("the order was not placed: {error}"))?;
        ensure!(answer.status == 201, "the order was not placed: {answer}");
        let placed: Order = answer.read();
        let running = Self {
            case,
            customer,
            order: placed.id,
            gate,
            begun,
        };
        if case.scenario == Scenario::CancelledWhenReady {
            running
                .until(context, "is READY", |state| state.status == "READY")
                .await?;
            running.cancel().await?;
        }
        Ok(running)
    }

    async fn cancel(&self) -> Result<()> {
        let path = format!("/api/orders/{}/cancel", self.order);
        let answer = self.customer.post(path).try_send().await;
        let answer = answer.map_err(|error| anyhow::anyhow!("it was not cancelled: {error}"))?;
        ensure!(answer.status == 200, "it was not cancelled: {answer}");
        Ok(())
    }

    /// Makes the cancellation of the scenario, and ends the fault of a stuck compensation.
    pub async fn run_scenario(&self, context: &MatrixContext) -> Result<()> {
        if let Scenario::CancelledDuring(_) = self.case.scenario {
            self.wait_at_gate().await?;
            self.cancel().await?;
            self.until(context, "is undone", |state| state.ended)
                .await?;
            self.gate.open(Release::Pass);
        }
        if self.case.gets_stuck() {
            self.until(context, "is STUCK", |state| state.state == "STUCK")
                .await?;
            others_are_compensated(self.order, self.case.participant).await?;
            context.plans.clear(self.customer.id);
        }
        Ok(())
    }

    pub async fn wait_at_gate(&self) -> Result<()> {
        ensure!(self.gate.reached(PATIENCE).await, "the call never came");
        Ok(())
    }

    /// Waits for the end of its saga. Returns the time since the case began.
    pub async fn wait_for_end(&self, context: &MatrixContext) -> Result<Duration> {
        // The polled state may be stale: of the READY order, before it was cancelled.
        let cancelled = self.case.scenario == Scenario::CancelledWhenReady;
        let has_ended =
            |state: &OrderState| state.ended && (!cancelled || state.status == "CANCELLED");
        self.until(context, "has ended", has_ended).await?;
        Ok(self.begun.elapsed())
    }

    async fn until(
        &self,
        context: &MatrixContext,
        what: &str,
        is_expected: impl Fn(&OrderState) -> bool,
    ) -> Result<OrderState> {
        match context
            .watcher
            .until(self.order, PATIENCE, is_expected)
            .await
        {
            Ok(state) => Ok(state),
            Err(state) => bail!("not within {PATIENCE:?}: it {what}; its state is {state:?}"),
        }
    }
}

/// A case that has run. It has no order when placing it failed.
pub struct FinishedCase {
    pub case: TestCase,
    pub running: Option<Arc<RunningCase>>,
    pub outcome: Result<Duration>,
}

impl FinishedCase {
    pub fn failed(case: TestCase, running: Option<Arc<RunningCase>>, error: anyhow::Error) -> Self {
        Self {
            case,
            running,
            outcome: Err(error),
        }
    }
}

/// Runs `work`. A panic becomes an error.
pub async fn caught<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => {
            let panic = error.into_panic();
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            bail!("{}", text.unwrap_or("a panic without a message"))
        }
        Err(error) => Err(error).context("given up"),
    }
}
