//! Drives a saga: writes what the state machine decides, makes the calls it asks for, and tells it what
//! came of them. Whatever is not written did not happen, and whoever is fenced stops.

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
use saga::{Decision, Happened, Millis, Next, Saga, decide};
use service::{
    Domain,
    background::spawn,
    database::DatabaseError,
    telemetry::{TaskContext, log, trace::TraceContext},
};
use spin_sdk::time::sleep;
use uuid::Uuid;

use crate::{
    domain::{Change, readable},
    participants, publisher,
    state::Orders,
    store::sagas::{self, Claim, Task},
    transitions,
};

/// A saga with nothing to do for longer than this leaves memory; its due time brings it back.
const LONGEST_NAP: Millis = 1_000;
/// How many sagas of one claim are driven side by side.
const SIDE_BY_SIDE: usize = 32;
/// A saga that takes longer than this goes on beside the others, so that none waits for one whose
/// participant is slow or dead.
const TURN: Duration = Duration::from_millis(250);
/// How long to wait before a write that failed is tried again.
const BETWEEN_WRITES: Duration = Duration::from_millis(500);

pub struct Driver {
    orders: Orders,
    order_id: Uuid,
    task: Task,
    epoch: i64,
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
    fn now(&self) -> Millis {
        let since = Millis::try_from(self.at.elapsed().as_millis());
        self.elapsed.saturating_add(since.unwrap_or(Millis::MAX))
    }
}

/// A newly made id, by which a lease's owner is known.
pub fn new_owner() -> Uuid {
    Uuid::now_v7()
}

/// Takes over one saga if it is due, and drives it on in the background.
pub fn take_over(orders: &Orders, order_id: Uuid) {
    let orders = orders.clone();
    spawn(async move {
        let database = orders.service.database();
        match sagas::claim(database, order_id, new_owner(), orders.lease_ms).await {
            Ok(Some(claim)) => resume(orders, claim).await,
            Ok(None) => {}
            Err(error) => log::warn("a saga could not be taken over", &[("cause", &error)]),
        }
    });
}

/// Drives these sagas on in the background.
pub fn resume_all(orders: &Orders, claims: Vec<Claim>) {
    if claims.is_empty() {
        return;
    }
    let orders = orders.clone();
    spawn(async move {
        let orders = &orders;
        stream::iter(claims)
            .for_each_concurrent(SIDE_BY_SIDE, |claim| async move {
                let work = Box::pin(resume(orders.clone(), claim));
                if let Either::Right((_, unfinished)) = select(work, pin!(sleep(TURN))).await {
                    spawn(unfinished);
                }
            })
            .await;
    });
}

/// Drives a saga that was just taken from whoever drove it before.
async fn resume(orders: Orders, claim: Claim) {
    let hurry = claim.hurry;
    let Some(mut driver) = Driver::of(&orders, claim) else {
        return;
    };
    let work = Arc::clone(&driver.work);
    let taken = work.scope(driver.advance(Happened::TakenOver { hurry }, None));
    if let Some(next) = taken.await {
        driver.drive(next).await;
    }
}

impl Driver {
    /// `None` when the state cannot be read; the saga is left alone.
    pub fn of(orders: &Orders, claim: Claim) -> Option<Self> {
        let work = TaskContext::saga(Domain::Order, claim.trace.context(), claim.order_id);
        let saga = match readable(saga::DEFINITION, claim.saga) {
            Ok(saga) => saga,
            Err(error) => {
                let _entered = work.enter();
                log::error("a saga is left alone", &[("cause", &error)]);
                return None;
            }
        };
        Some(Self {
            orders: orders.clone(),
            order_id: claim.order_id,
            task: claim.task,
            epoch: claim.epoch,
            seq: claim.seq,
            saga,
            clock: Clock {
                elapsed: claim.elapsed,
                at: Instant::now(),
            },
            work,
        })
    }

    /// The driver of an order that was placed this instant, by `decision`.
    pub fn of_new_order(
        orders: &Orders,
        order_id: Uuid,
        task: Task,
        trace: TraceContext,
        decision: &Decision,
    ) -> Self {
        Self {
            orders: orders.clone(),
            order_id,
            task,
            epoch: 1,
            seq: count(decision),
            saga: decision.saga.clone(),
            clock: Clock {
                elapsed: 0,
                at: Instant::now(),
            },
            work: TaskContext::saga(Domain::Order, trace, order_id),
        }
    }

    /// Drives the saga until it has ended, has nothing to do for a while, or is in other hands. `next`
    /// is what the last decision that was written asks for.
    pub async fn drive(self, next: Next) {
        Arc::clone(&self.work).scope(self.go_on(next)).await;
    }

    async fn go_on(mut self, mut next: Next) {
        loop {
            let (happened, courier_id) = match next {
                Next::Call(call) => {
                    let called = participants::call(&self.orders, self.order_id, &self.task, call);
                    let answered = called.await;
                    let happened = Happened::Answered(call, answered.outcome);
                    (happened, answered.courier_id)
                }
                Next::Wait(due_at) => {
                    let nap = due_at.saturating_sub(self.clock.now()).max(1);
                    sleep(Duration::from_millis(nap.unsigned_abs())).await;
                    (Happened::Woken, None)
                }
                Next::Answer | Next::Ended => return,
            };
            match self.advance(happened, courier_id).await {
                Some(following) => next = following,
                None => return,
            }
        }
    }

    /// Decides and writes the decision. `None`: the saga is not ours any more.
    async fn advance(&mut self, happened: Happened, courier_id: Option<Uuid>) -> Option<Next> {
        let now = self.clock.now();
        let policy = &self.orders.policy;
        let decision = decide(policy, &self.saga, &happened, now);
        let keep = match decision.next {
            Next::Wait(due_at) => due_at.saturating_sub(now) <= LONGEST_NAP,
            Next::Call(_) | Next::Answer | Next::Ended => true,
        };
        if keep && decision.events.is_empty() {
            return Some(decision.next);
        }
        let change = Change::of(policy, &decision, courier_id, now);
        match self.write(&change, keep).await {
            Ok(true) => {
                let (events, based_on) = (&decision.events, (self.epoch, self.seq));
                transitions::tell(
                    &decision.saga,
                    decision.saga.shown(policy),
                    events,
                    based_on,
                );
                if !change.statuses.is_empty() {
                    publisher::wake(&self.orders);
                }
                self.seq = self.seq.saturating_add(count(&decision));
                self.saga = decision.saga;
                keep.then_some(decision.next)
            }
            Ok(false) => None,
            Err(error) => {
                // The lease runs out, and whoever takes the saga over asks again.
                log::warn("a saga could not be written", &[("cause", &error)]);
                None
            }
        }
    }

    /// Writes a change, as soon as the database can be reached; gives up when half of the lease has gone.
    async fn write(&self, change: &Change<'_>, keep: bool) -> Result<bool, DatabaseError> {
        let start = Instant::now();
        let lease_ms = self.orders.lease_ms;
        let patience = Duration::from_millis(u64::from(lease_ms.unsigned_abs()) / 2);
        loop {
            let database = self.orders.service.database();
            let based_on = (self.epoch, self.seq);
            let written =
                sagas::record(database, self.order_id, based_on, change, keep, lease_ms).await;
            match written {
                Err(DatabaseError::Unavailable(_)) if start.elapsed() < patience => {
                    sleep(BETWEEN_WRITES).await;
                }
                other => return other,
            }
        }
    }
}

fn count(decision: &Decision) -> i32 {
    i32::try_from(decision.events.len()).unwrap_or(i32::MAX)
}
