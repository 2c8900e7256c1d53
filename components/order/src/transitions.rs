//! A log line for each transition of a saga: each entry that was written into a journal.

use saga::{Event, ReasonCode, Saga, ShownState, StepName};
use serde::Serialize;
use service::telemetry::log::{self, Level};

/// What the line says, beside whose saga it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Transition<'a> {
    /// The entry's kind, as the journal names it.
    transition: &'static str,
    /// The saga, after all that was written together with this.
    state: ShownState,
    seq: i32,
    epoch: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<StepName>,
    /// How often the step was sent, or told to undo.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    /// The participant's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonCode>,
    /// Why there is no outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Tells of the entries that were just written after the entry `seq`, under this epoch.
pub fn tell(saga: &Saga, state: ShownState, events: &[Event], (epoch, seq): (i64, i32)) {
    for (event, seq) in events.iter().zip(seq.saturating_add(1)..) {
        let level = match event {
            Event::Unknown { .. } | Event::UndoFailed { .. } => Level::Warn,
            _ => Level::Info,
        };
        log::line(level, "saga", &transition(saga, state, event, (epoch, seq)));
    }
}

fn transition<'a>(
    saga: &Saga,
    state: ShownState,
    event: &'a Event,
    (epoch, seq): (i64, i32),
) -> Transition<'a> {
    let undo = |step: &StepName| saga.step(*step).undo.as_ref().map(|undo| undo.attempts);
    let done = |step: &StepName| Some(saga.step(*step).attempts);
    let mut told = Transition {
        transition: "",
        state,
        seq,
        epoch,
        step: None,
        attempt: None,
        code: None,
        reason: None,
        error: None,
    };
    (told.transition, told.step, told.attempt) = match event {
        Event::Placed { .. } => ("PLACED", None, None),
        Event::Sent { step, attempt, .. } => ("SENT", Some(*step), Some(*attempt)),
        Event::Done { step, .. } => ("DONE", Some(*step), done(step)),
        Event::Refused { step, code, .. } => {
            told.code = Some(code);
            ("REFUSED", Some(*step), done(step))
        }
        Event::Unknown { step, error, .. } => {
            told.error = Some(error);
            ("UNKNOWN", Some(*step), done(step))
        }
        Event::Completed { .. } => ("COMPLETED", None, None),
        Event::TurnedBack { reason, .. } => {
            told.reason = Some(reason.code);
            ("TURNED_BACK", None, None)
        }
        Event::UndoSent { step, attempt, .. } => ("UNDO_SENT", Some(*step), Some(*attempt)),
        Event::Undone { step, .. } => ("UNDONE", Some(*step), undo(step)),
        Event::UndoFailed { step, error, .. } => {
            told.error = Some(error);
            ("UNDO_FAILED", Some(*step), undo(step))
        }
        Event::Compensated { .. } => ("COMPENSATED", None, None),
        Event::Hurried { .. } => ("HURRIED", None, None),
    };
    told
}

#[cfg(test)]
mod tests {
    use saga::{Happened, Next, Outcome, Policy, decide, place};
    use serde_json::{Value, json};

    use super::*;

    fn told(saga: &Saga, events: &[Event]) -> Vec<Value> {
        let state = saga.shown(&Policy::default());
        let events = events.iter().zip(3..);
        let told = events.map(|(event, seq)| transition(saga, state, event, (2, seq)));
        told.map(|told| serde_json::to_value(told).unwrap())
            .collect()
    }

    #[test]
    fn each_entry_says_what_it_is_under_the_journals_name() {
        let policy = Policy::default();
        let mut decision = place(&policy, 1);
        let mut kinds = Vec::new();
        let outcomes = [
            Outcome::Unknown("no answer within 2s".into()),
            Outcome::Done,
            Outcome::Refused("OUT_OF_STOCK".into()),
            Outcome::Unknown("HTTP 503".into()),
            Outcome::Done,
            Outcome::Done,
        ];
        let mut outcomes = outcomes.into_iter();
        loop {
            for (event, told) in decision
                .events
                .iter()
                .zip(told(&decision.saga, &decision.events))
            {
                let journal = serde_json::to_value(event).unwrap();
                assert_eq!(told["transition"], journal["type"]);
                for name in ["step", "code", "error"] {
                    assert_eq!(told.get(name), journal.get(name), "{told}");
                }
                if let Some(attempt) = journal.get("attempt") {
                    assert_eq!(told["attempt"], *attempt);
                }
                assert_eq!(
                    (&told["epoch"], &told["state"]),
                    (&json!(2), &json!(decision.saga.shown(&policy)))
                );
                kinds.push(told["transition"].as_str().unwrap().to_owned());
            }
            let (happened, now) = match decision.next {
                Next::Call(call) => match outcomes.next() {
                    Some(outcome) => (Happened::Answered(call, outcome), 0),
                    None => break,
                },
                Next::Wait(due_at) => (Happened::Woken, due_at),
                Next::Answer | Next::Ended => break,
            };
            decision = decide(&policy, &decision.saga, &happened, now);
        }
        for kind in [
            "PLACED",
            "SENT",
            "UNKNOWN",
            "DONE",
            "REFUSED",
            "TURNED_BACK",
            "UNDO_SENT",
            "UNDO_FAILED",
            "UNDONE",
            "COMPENSATED",
        ] {
            assert!(kinds.iter().any(|it| it == kind), "{kind} in {kinds:?}");
        }
    }
}
