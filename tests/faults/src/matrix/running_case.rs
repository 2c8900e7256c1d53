//! A case whose order was placed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use harness::answer::Answer;
use harness::call::Call;
use harness::customer::Customer;
use harness::order::Order;
use harness::unique;
use serde_json::Value;
use tokio::time::sleep;
use uuid::Uuid;

use super::context::{MatrixContext, PATIENCE};
use super::participant_rows::others_are_compensated;
use super::test_case::TestCase;
use crate::fixtures::Fixtures;
use crate::order_watcher::OrderState;
use crate::proxy::{Gate, Release};
use crate::scenario::Scenario;

/// How long a client waits for an answer, or a 503.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

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
        let gate = Gate::closed();
        let (customer, body) = fixtures.order(case.scenario).await;
        let attempts = if held {
            crate::fault_plans::EVERY_ATTEMPT
        } else {
            case.attempts()
        };
        context.plans.plan(customer.id, case.rules(attempts, &gate));
        Self::place(context, case, (customer, body), gate).await
    }

    /// The same, of a customer whose faults are planned.
    pub async fn place(
        context: &MatrixContext,
        case: TestCase,
        (customer, body): (Customer, Value),
        gate: Gate,
    ) -> Result<Self> {
        let begun = Instant::now();
        let place = usize::from(case.never_answered());
        let client = context.system.via_host(place).client;
        let customer = Customer { client, ..customer };
        let call = customer.post("/api/orders").json(&body);
        let answer = until_available(call.key(&unique::name("key"))).await;
        let answer = answer.context("the order was not placed")?;
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
        let answer = until_available(self.customer.post(path)).await;
        let answer = answer.context("it was not cancelled")?;
        // 409 says that an attempt without an answer has cancelled it.
        let repeated = answer.status == 409 && self.case.reaches_others();
        ensure!(
            answer.status == 200 || repeated,
            "it was not cancelled: {answer}"
        );
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

/// Repeats a call until its answer is no 503. Each has `Retry-After`, and comes soon.
async fn until_available(call: Call) -> Result<Answer> {
    let end = Instant::now() + PATIENCE;
    loop {
        let began = Instant::now();
        let answer = call.clone().try_send().await;
        let answer = answer.map_err(|error| anyhow::anyhow!("{error}"))?;
        let took = began.elapsed();
        ensure!(took < ANSWER_LIMIT, "it took {took:?} to say {answer}");
        if answer.status != 503 {
            return Ok(answer);
        }
        ensure!(
            answer.header("retry-after").is_some(),
            "it does not say when to try again: {answer}"
        );
        ensure!(Instant::now() < end, "unavailable for {PATIENCE:?}");
        sleep(BETWEEN_TRIES).await;
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
