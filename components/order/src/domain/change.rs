//! What a transition of the saga changes in the database.

use saga::{
    Action, Input, JournalEntry, Millis, Outcome, Phase, Policy, Reason, Saga, SagaState, StepName,
    Transition,
};
use serde::Serialize;
use uuid::Uuid;

use super::OrderStatus;
use crate::{fulfilment, participants::OrderUpdate};

/// The `p_change` of the functions in `migrations/order`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change<'a> {
    state: SagaState,
    definition: i32,
    saga: &'a Saga,
    entries: &'a [JournalEntry],
    pub statuses: Vec<StatusChange<'a>>,
    cancellation: Option<&'a Reason>,
    courier_id: Option<Uuid>,
    due_in: Option<Millis>,
    ended: bool,
    answer: Option<Answer<'a>>,
    waits: Vec<Wait<'a>>,
    give_up_in: Option<Millis>,
}

/// Whether the participant of a step has answered a call. A refusal is an answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Answer<'a> {
    step: &'a StepName,
    answered: bool,
}

/// A call that waits for its next attempt.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wait<'a> {
    step: &'a StepName,
    due_in: Millis,
}

/// An entry for the timeline.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct StatusChange<'a> {
    pub status: OrderStatus,
    pub note: Option<&'a str>,
}

impl<'a> Change<'a> {
    /// `update` is what the order gains by the call that this transition is about.
    pub fn of(
        policy: &Policy,
        transition: &'a Transition,
        update: OrderUpdate,
        now: Millis,
    ) -> Self {
        let saga = &transition.saga;
        let waits: Vec<_> = saga
            .waiting_calls()
            .into_iter()
            .map(|(step, due_at)| Wait {
                step,
                due_in: due_at.saturating_sub(now).max(0),
            })
            .collect();
        let gives_up = saga.phase == Phase::Running && !waits.is_empty();
        Self {
            state: transition.saga.state(policy),
            definition: transition.saga.definition,
            saga: &transition.saga,
            entries: &transition.entries,
            statuses: transition
                .entries
                .iter()
                .filter_map(status_change)
                .collect(),
            cancellation: transition.reason(),
            courier_id: update.courier_id,
            due_in: match transition.action {
                Action::WaitUntil(due_at) => Some(due_at.saturating_sub(now).max(0)),
                _ => None,
            },
            ended: transition.saga.has_ended(),
            answer: None,
            waits,
            give_up_in: gives_up.then(|| saga.deadline.saturating_sub(now).max(0)),
        }
    }

    /// With what the input tells about the participant that was called, if one was.
    #[must_use]
    pub fn after(mut self, input: &'a Input) -> Self {
        if let Input::CallFinished(call, outcome) = input {
            self.answer = Some(Answer {
                step: &call.step,
                answered: !matches!(outcome, Outcome::Unknown(_)),
            });
        }
        self
    }
}

/// The status of the order from this entry on, when it changes.
fn status_change(entry: &JournalEntry) -> Option<StatusChange<'_>> {
    let (status, note) = match entry {
        JournalEntry::Started { .. } => (&fulfilment::PENDING, None),
        JournalEntry::Sent {
            step, attempt: 1, ..
        } => (&fulfilment::step(step)?.data.status, None),
        JournalEntry::Completed { .. } => (&fulfilment::READY, None),
        JournalEntry::CompensationStarted { reason, .. } => {
            (&fulfilment::CANCELLED, reason.detail.as_deref())
        }
        _ => return None,
    };
    Some(StatusChange {
        status: status.into(),
        note,
    })
}

#[cfg(test)]
mod tests {
    use saga::{Input, Outcome, decide, start};

    use super::*;
    use crate::fulfilment::FULFILMENT;

    fn of(transition: &Transition, now: Millis) -> Change<'_> {
        Change::of(&Policy::default(), transition, OrderUpdate::default(), now)
    }

    #[test]
    fn an_order_that_is_fulfilled_has_every_status_but_cancelled() {
        let policy = Policy::default();
        let mut transition = start(&FULFILMENT, &policy, 1);
        let mut statuses = Vec::new();
        loop {
            let change = of(&transition, 0);
            statuses.extend(change.statuses.iter().map(|change| change.status.clone()));
            let Action::Call(call) = transition.action else {
                break;
            };
            let input = Input::CallFinished(call, Outcome::Done);
            transition = decide(&FULFILMENT, &policy, &transition.saga, &input, 0).unwrap();
        }
        let all = fulfilment::statuses().filter(|it| it.code != fulfilment::CANCELLED.code);
        assert_eq!(statuses, all.map(OrderStatus::from).collect::<Vec<_>>());
    }

    #[test]
    fn a_refusal_cancels_with_its_detail() {
        let policy = Policy::default();
        let started = start(&FULFILMENT, &policy, 1);
        let Action::Call(call) = started.action else {
            panic!("nothing to do")
        };
        let refused = Input::CallFinished(call, Outcome::Refused("INSUFFICIENT_FUNDS".into()));
        let transition = decide(&FULFILMENT, &policy, &started.saga, &refused, 5).unwrap();
        let change = of(&transition, 5);
        let expected = StatusChange {
            status: (&fulfilment::CANCELLED).into(),
            note: Some("billing: INSUFFICIENT_FUNDS"),
        };
        assert_eq!(change.statuses, [expected]);
    }
}
