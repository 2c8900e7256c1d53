//! What a decision about the saga changes in the database.

use saga::{Decision, Event, Millis, Next, Policy, Reason, Saga, ShownState, StepName};
use serde::Serialize;
use uuid::Uuid;

use super::OrderStatus;

/// The `p_change` of the functions in `migrations/order`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change<'a> {
    state: ShownState,
    definition: i32,
    saga: &'a Saga,
    events: &'a [Event],
    pub statuses: Vec<StatusChange<'a>>,
    cancellation: Option<&'a Reason>,
    courier_id: Option<Uuid>,
    due_in: Option<Millis>,
    ended: bool,
}

/// An entry for the timeline.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct StatusChange<'a> {
    pub status: OrderStatus,
    pub note: Option<&'a str>,
}

impl<'a> Change<'a> {
    /// `courier_id` is the courier whom the answer to this decision's call named.
    pub fn of(
        policy: &Policy,
        decision: &'a Decision,
        courier_id: Option<Uuid>,
        now: Millis,
    ) -> Self {
        Self {
            state: decision.saga.shown(policy),
            definition: decision.saga.definition,
            saga: &decision.saga,
            events: &decision.events,
            statuses: decision.events.iter().filter_map(status_change).collect(),
            cancellation: decision.reason(),
            courier_id,
            due_in: match decision.next {
                Next::Wait(due_at) => Some(due_at.saturating_sub(now).max(0)),
                _ => None,
            },
            ended: decision.saga.ended(),
        }
    }
}

/// The status that an entry of the journal brings the order to.
fn status_change(event: &Event) -> Option<StatusChange<'_>> {
    let status = match event {
        Event::Placed { .. } => OrderStatus::Pending,
        Event::Sent {
            step, attempt: 1, ..
        } => match step {
            StepName::Charge => OrderStatus::AwaitingPayment,
            StepName::ReserveItems => OrderStatus::AwaitingItemReservation,
            StepName::ReserveCourier => OrderStatus::AwaitingCourierReservation,
        },
        Event::Completed { .. } => OrderStatus::Ready,
        Event::TurnedBack { reason, .. } => {
            return Some(StatusChange {
                status: OrderStatus::Cancelled,
                note: reason.detail.as_deref(),
            });
        }
        _ => return None,
    };
    Some(StatusChange { status, note: None })
}

#[cfg(test)]
mod tests {
    use saga::{Happened, Outcome, decide, place};

    use super::*;

    #[test]
    fn the_timeline_goes_through_every_status() {
        let policy = Policy::default();
        let mut decision = place(&policy, 1);
        let mut statuses = Vec::new();
        loop {
            let change = Change::of(&policy, &decision, None, 0);
            statuses.extend(change.statuses.iter().map(|change| change.status));
            let Next::Call(call) = decision.next else {
                break;
            };
            let happened = Happened::Answered(call, Outcome::Done);
            decision = decide(&policy, &decision.saga, &happened, 0);
        }
        assert_eq!(statuses, OrderStatus::ALL[..5]);
    }

    #[test]
    fn a_refusal_cancels_with_its_detail() {
        let policy = Policy::default();
        let placed = place(&policy, 1);
        let Next::Call(call) = placed.next else {
            panic!("nothing to do")
        };
        let refused = Happened::Answered(call, Outcome::Refused("INSUFFICIENT_FUNDS".into()));
        let decision = decide(&policy, &placed.saga, &refused, 5);
        let change = Change::of(&policy, &decision, None, 5);
        let expected = StatusChange {
            status: OrderStatus::Cancelled,
            note: Some("billing: INSUFFICIENT_FUNDS"),
        };
        assert_eq!(change.statuses, [expected]);
    }
}
