//! A log line for each entry that was written into a journal.

use saga::{JournalEntry, ReasonCode, Saga, SagaState, StepName};
use serde::Serialize;
use service::telemetry::log::{self, Level};

/// What the line says, beside which saga it is about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TransitionLine<'a> {
    /// The entry's type, as in the journal.
    transition: &'static str,
    /// The state after all that was written together with this.
    state: SagaState,
    seq: i32,
    epoch: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a StepName>,
    /// How many calls of the step were sent, or how many undos.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    /// The participant's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a ReasonCode>,
    /// Why there is no outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Logs the entries that were just written after the entry `seq`, under this epoch.
pub fn log_entries(
    saga: &Saga,
    state: SagaState,
    entries: &[JournalEntry],
    (epoch, seq): (i64, i32),
) {
    for (entry, seq) in entries.iter().zip(seq.saturating_add(1)..) {
        let level = match entry {
            JournalEntry::Unknown { .. } | JournalEntry::UndoFailed { .. } => Level::Warn,
            _ => Level::Info,
        };
        log::line(level, "saga", &line(saga, state, entry, (epoch, seq)));
    }
}

fn line<'a>(
    saga: &Saga,
    state: SagaState,
    entry: &'a JournalEntry,
    (epoch, seq): (i64, i32),
) -> TransitionLine<'a> {
    let step = entry.step().and_then(|step| saga.step(step));
    let attempt = match entry {
        JournalEntry::Sent { attempt, .. } | JournalEntry::UndoSent { attempt, .. } => {
            Some(*attempt)
        }
        JournalEntry::Undone { .. } | JournalEntry::UndoFailed { .. } => {
            step.and_then(|step| Some(step.undo.as_ref()?.attempts))
        }
        _ => step.map(|step| step.attempts),
    };
    TransitionLine {
        transition: entry.kind(),
        state,
        seq,
        epoch,
        step: entry.step(),
        attempt,
        code: match entry {
            JournalEntry::Refused { code, .. } => Some(code),
            _ => None,
        },
        reason: match entry {
            JournalEntry::CompensationStarted { reason, .. } => Some(&reason.code),
            _ => None,
        },
        error: match entry {
            JournalEntry::Unknown { error, .. } | JournalEntry::UndoFailed { error, .. } => {
                Some(error)
            }
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use saga::{Action, Input, Outcome, Policy, decide, start};
    use serde_json::{Value, json};

    use super::*;
    use crate::fulfilment::FULFILMENT;

    fn lines(saga: &Saga, entries: &[JournalEntry]) -> Vec<Value> {
        let state = saga.state(&Policy::default());
        let entries = entries.iter().zip(3..);
        let lines = entries.map(|(entry, seq)| line(saga, state, entry, (2, seq)));
        lines
            .map(|line| serde_json::to_value(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_the_names_and_values_of_its_entry() {
        let policy = Policy::default();
        let mut transition = start(&FULFILMENT, &policy, 1);
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
            let lines = lines(&transition.saga, &transition.entries);
            for (entry, line) in transition.entries.iter().zip(lines) {
                let journal = serde_json::to_value(entry).unwrap();
                assert_eq!(line["transition"], journal["type"]);
                for name in ["step", "code", "error"] {
                    assert_eq!(line.get(name), journal.get(name), "{line}");
                }
                if let Some(attempt) = journal.get("attempt") {
                    assert_eq!(line["attempt"], *attempt);
                }
                assert_eq!(
                    (&line["epoch"], &line["state"]),
                    (&json!(2), &json!(transition.saga.state(&policy)))
                );
                kinds.push(line["transition"].as_str().unwrap().to_owned());
            }
            let (input, now) = match transition.action {
                Action::Call(call) => match outcomes.next() {
                    Some(outcome) => (Input::CallFinished(call, outcome), 0),
                    None => break,
                },
                Action::WaitUntil(due_at) => (Input::TimerFired, due_at),
                Action::AwaitOutcome | Action::End => break,
            };
            transition = decide(&FULFILMENT, &policy, &transition.saga, &input, now).unwrap();
        }
        for kind in [
            "STARTED",
            "SENT",
            "UNKNOWN",
            "DONE",
            "REFUSED",
            "COMPENSATION_STARTED",
            "UNDO_SENT",
            "UNDO_FAILED",
            "UNDONE",
            "COMPENSATED",
        ] {
            assert!(kinds.iter().any(|it| it == kind), "{kind} in {kinds:?}");
        }
    }
}
