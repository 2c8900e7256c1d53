//! Drives sagas: writes each transition, makes the call that it asks for, and decides on the outcome. A
//! transition that was not written has no effect, and a driver whose lease was claimed stops.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{
    StreamExt,
    future::{Either, select},
    stream,
};
use saga::{Action, Input, Millis, Retry, Saga, Transition, decide};
use service::{
    Domain,
    background::spawn,
    database::DatabaseError,
    telemetry::{TaskContext, log, trace::TraceContext},
};
use spin_sdk::time::sleep;
use uuid::Uuid;

use crate::{
    calls,
    domain::Change,
    fulfilment::{self, FULFILMENT},
    participants::{OrderContents, OrderUpdate},
    publisher,
    state::Orders,
    store::sagas::{self, Claim, Recorded},
    transition_log::log_entries,
};

/// A saga that has to wait for longer than this leaves memory; it is claimed again when it is due.
const LONGEST_SLEEP: Millis = 1_000;
/// How many sagas of one claim are driven at the same time.
const CONCURRENT: usize = 32;
/// A saga that takes longer than this no longer counts as one of them, so that none waits for one whose
/// participant is slow or dead.
const SLOW_AFTER: Duration = Duration::from_millis(250);
/// The wait before a write that failed is tried again.
const BETWEEN_WRITES: Duration = Duration::from_millis(500);

/// The driver of one saga, under one lease.
pub struct Driver {
    orders: Orders,
    contents: OrderContents,
    epoch: i64,
    /// How many entries the journal has.
    seq: i32,
    saga: Saga,
    clock: Clock,
    /// In the saga's own trace, whoever drives it.
    work: Arc<TaskContext>,
}

/// The database's clock, kept going by the host's monotonic one.
struct Clock {
    elapsed: Millis,
    at: Instant,
}

impl Clock {
    fn starting_at(elapsed: Millis) -> Self {
        Self {
            elapsed,
            at: Instant::now(),
        }
    }

    /// Milliseconds since the saga started.
    fn now(&self) -> Millis {
        let since = Millis::try_from(self.at.elapsed().as_millis());
        self.elapsed.saturating_add(since.unwrap_or(Millis::MAX))
    }
}

/// Claims a saga if it is due, and drives it in the background.
pub fn claim_and_drive(orders: &Orders, order_id: Uuid) {
    let orders = orders.clone();
    spawn(async move {
        let database = orders.service.database();
        match sagas::claim(database, order_id, orders.new_lease()).await {
            Ok(Some(claim)) => drive_claimed(orders, claim).await,
            Ok(None) => {}
            Err(error) => log::warn("a saga could not be claimed", &[("cause", &error)]),
        }
    });
}

/// Drives a claimed saga in the background.
pub fn drive(orders: &Orders, claim: Claim) {
    let orders = orders.clone();
    spawn(drive_claimed(orders, claim));
}

/// Drives claimed sagas. Those that are slow go on in the background.
pub async fn drive_all(orders: &Orders, claims: Vec<Claim>) {
    stream::iter(claims)
        .for_each_concurrent(CONCURRENT, |claim| async move {
            let driven = Box::pin(drive_claimed(orders.clone(), claim));
            if let Either::Right((_, unfinished)) = select(driven, pin!(sleep(SLOW_AFTER))).await {
                spawn(unfinished);
            }
        })
        .await;
}

/// Drives a saga that was just claimed.
async fn drive_claimed(orders: Orders, claim: Claim) {
    let input = Input::Claimed(match claim.retry_steps.len() {
        0 if !claim.retry_requested => Retry::Due,
        1 if !claim.retry_requested => Retry::Steps(claim.retry_steps.clone()),
        _ => Retry::All,
    });
    let Some(mut driver) = Driver::of_claim(&orders, claim) else {
        return;
    };
    let work = Arc::clone(&driver.work);
    let decided = work.scope(driver.advance(input, OrderUpdate::default()));
    if let Some(action) = decided.await {
        driver.drive(action).await;
    }
}

impl Driver {
    /// The driver of a claimed saga; `None` when its state cannot be read, so that it is left alone.
    pub fn of_claim(orders: &Orders, claim: Claim) -> Option<Self> {
        let order_id = claim.contents.order_id;
        let work = TaskContext::saga(Domain::Order, claim.trace.context(), order_id);
        let saga = match fulfilment::read_saga(claim.definition, claim.saga) {
            Ok(saga) => saga,
            Err(error) => {
                let _entered = work.enter();
                log::error("a saga is left alone", &[("cause", &error)]);
                return None;
            }
        };
        Some(Self {
            orders: orders.clone(),
            contents: claim.contents,
            epoch: claim.epoch,
            seq: claim.seq,
            saga,
            clock: Clock::starting_at(claim.elapsed),
            work,
        })
    }

    /// The driver of an order that was just placed with this first transition.
    pub fn of_new_order(
        orders: &Orders,
        contents: OrderContents,
        trace: TraceContext,
        started: &Transition,
    ) -> Self {
        let order_id = contents.order_id;
        Self {
            orders: orders.clone(),
            contents,
            epoch: 1,
            seq: count(started),
            saga: started.saga.clone(),
            clock: Clock::starting_at(0),
            work: TaskContext::saga(Domain::Order, trace, order_id),
        }
    }

    /// Drives the saga until it has ended, has to wait for long, or was claimed by another. `action` is
    /// that of the last transition that was written.
    pub async fn drive(self, action: Action) {
        Arc::clone(&self.work).scope(self.run(action)).await;
    }

    async fn run(mut self, mut action: Action) {
        let orders = self.orders.clone();
        let database = orders.service.database();
        loop {
            let (input, update) = match action {
                Action::Call(call) => {
                    let made = calls::make(&orders, &self.contents, &call);
                    let (outcome, update) = database.idle_during(made).await;
                    (Input::CallFinished(call, outcome), update)
                }
                Action::WaitUntil(due_at) => {
                    let wait = due_at.saturating_sub(self.clock.now()).max(1);
                    let wait = sleep(Duration::from_millis(wait.unsigned_abs()));
                    database.idle_during(wait).await;
                    (Input::TimerFired, OrderUpdate::default())
                }
                Action::AwaitOutcome | Action::End => return,
            };
            match self.advance(input, update).await {
                Some(next) => action = next,
                None => return,
            }
        }
    }

    /// Decides, and writes the transition. `None`: the saga is no longer this driver's.
    async fn advance(&mut self, input: Input, update: OrderUpdate) -> Option<Action> {
        let now = self.clock.now();
        let policy = &self.orders.policy;
        let definition = fulfilment::definition_of(&self.saga).unwrap_or(&FULFILMENT);
        let transition = match decide(definition, policy, &self.saga, &input, now) {
            Ok(transition) => transition,
            Err(mismatch) => {
                log::error("a saga is left alone", &[("cause", &mismatch)]);
                return None;
            }
        };
        let keep = match transition.action {
            Action::WaitUntil(due_at) => due_at.saturating_sub(now) <= LONGEST_SLEEP,
            Action::Call(_) | Action::AwaitOutcome | Action::End => true,
        };
        if keep && transition.entries.is_empty() {
            return Some(transition.action);
        }
        let change = Change::of(policy, &transition, update, now).after(&input);
        match self.write(&change, keep).await {
            Ok(recorded @ (Recorded::Written | Recorded::WrittenAndReleased)) => {
                log_entries(
                    &transition.saga,
                    transition.saga.state(policy),
                    &transition.entries,
                    (self.epoch, self.seq),
                );
                if !change.statuses.is_empty() {
                    publisher::wake(&self.orders);
                }
                self.seq = self.seq.saturating_add(count(&transition));
                self.saga = transition.saga;
                let keeps = keep && recorded == Recorded::Written;
                keeps.then_some(transition.action)
            }
            Ok(Recorded::NotWritten) => None,
            Err(error) => {
                // The lease runs out, and the driver that claims the saga calls again.
                log::warn("a saga could not be written", &[("cause", &error)]);
                None
            }
        }
    }

    /// Writes a change as soon as the database can be reached; gives up after half of the lease.
    async fn write(&self, change: &Change<'_>, keep: bool) -> Result<Recorded, DatabaseError> {
        let start = Instant::now();
        let lease = self.orders.lease_duration();
        loop {
            let written = sagas::record(
                self.orders.service.database(),
                self.contents.order_id,
                (self.epoch, self.seq),
                change,
                keep.then_some(lease),
            )
            .await;
            match written {
                Err(DatabaseError::Unavailable(_)) if start.elapsed() < lease / 2 => {
                    sleep(BETWEEN_WRITES).await;
                }
                other => return other,
            }
        }
    }
}

fn count(transition: &Transition) -> i32 {
    i32::try_from(transition.entries.len()).unwrap_or(i32::MAX)
}
