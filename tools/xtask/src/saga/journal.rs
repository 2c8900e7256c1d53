//! A journal as a readable timeline.

use saga::{DEFINITION, Event, StepName};

use crate::terminal::Paint;

/// An entry of the journal.
pub struct Entry {
    /// The lease under which it was written.
    pub epoch: i64,
    /// The version of the definition by which it reads.
    pub definition: i32,
    /// As the database has it.
    pub event: String,
}

/// A line for each entry, and one wherever the saga went into other hands.
pub fn tell(entries: &[Entry]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut epoch = entries.first().map_or(1, |entry| entry.epoch);
    // When the call of each step under way left.
    let mut left = [None; 3];
    for entry in entries {
        if entry.epoch != epoch {
            epoch = entry.epoch;
            let text = format!("              ── in other hands: epoch {epoch} ──");
            lines.push(Paint::Quiet.on(&text));
        }
        lines.push(match read(entry) {
            Some(event) => {
                let took = took(&event, &mut left);
                let (mark, text) = describe(&event);
                format!(
                    "  {}  {mark} {text}{took}",
                    Paint::Quiet.on(&since(event.at()))
                )
            }
            None => {
                let text = format!("of definition {}: {}", entry.definition, entry.event);
                format!("  {:>12}  {} {text}", "", Paint::Quiet.on("?"))
            }
        });
    }
    lines
}

/// The entry, when this build knows its definition.
fn read(entry: &Entry) -> Option<Event> {
    let known = entry.definition <= DEFINITION;
    known.then(|| serde_json::from_str(&entry.event).ok())?
}

/// Milliseconds since the order was placed, as `+1:02.345`.
fn since(millis: i64) -> String {
    let (minutes, seconds, rest) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
    format!("{:>12}", format!("+{minutes}:{seconds:02}.{rest:03}"))
}

/// How long a call took, behind its answer.
fn took(event: &Event, left: &mut [Option<i64>; 3]) -> String {
    let (step, at) = match event {
        Event::Sent { step, at, .. } | Event::UndoSent { step, at, .. } => {
            left[*step as usize] = Some(*at);
            return String::new();
        }
        Event::Done { step, at }
        | Event::Undone { step, at }
        | Event::Refused { step, at, .. }
        | Event::Unknown { step, at, .. }
        | Event::UndoFailed { step, at, .. } => (*step, *at),
        _ => return String::new(),
    };
    let left = left[step as usize].take();
    left.map_or_else(String::new, |left| {
        Paint::Quiet.on(&format!("  {} ms", at - left))
    })
}

/// A step in words: what is done, and at whom.
fn name(step: StepName) -> String {
    let what = match step {
        StepName::Charge => "charge",
        StepName::ReserveItems => "reserve items",
        StepName::ReserveCourier => "reserve courier",
    };
    format!("{}: {what}", step.participant())
}

fn undoing(step: StepName) -> String {
    let what = match step {
        StepName::Charge => "refund",
        StepName::ReserveItems => "release items",
        StepName::ReserveCourier => "release courier",
    };
    format!("{}: {what}", step.participant())
}

fn attempt(number: u32) -> String {
    match number {
        1 => String::new(),
        number => format!(", attempt {number}"),
    }
}

fn describe(event: &Event) -> (String, String) {
    let again = |at: &i64| Paint::Quiet.on(&format!(", again at {}", since(*at).trim_start()));
    match event {
        Event::Placed { deadline, .. } => (
            Paint::Accent.on("●"),
            format!(
                "placed; an unknown outcome turns it back at {}",
                since(*deadline).trim_start()
            ),
        ),
        Event::Sent {
            step, attempt: it, ..
        } => (Paint::Accent.on("→"), name(*step) + &attempt(*it)),
        Event::Done { step, .. } => (Paint::Good.on("✓"), name(*step)),
        Event::Refused { step, code, .. } => (
            Paint::Bad.on("✗"),
            format!("{}, refused: {code}", name(*step)),
        ),
        Event::Unknown {
            step,
            error,
            due_at,
            ..
        } => (
            Paint::Bad.on("?"),
            format!("{}, unknown: {error}{}", name(*step), again(due_at)),
        ),
        Event::Completed { .. } => (Paint::Good.on("●"), Paint::Good.on("completed")),
        Event::TurnedBack { reason, .. } => (
            Paint::Bad.on("↩"),
            match &reason.detail {
                Some(detail) => format!("turned back: {detail}"),
                None => "turned back: the customer cancelled".to_owned(),
            },
        ),
        Event::UndoSent {
            step, attempt: it, ..
        } => (Paint::Accent.on("←"), undoing(*step) + &attempt(*it)),
        Event::Undone { step, .. } => (Paint::Good.on("✓"), undoing(*step)),
        Event::UndoFailed {
            step,
            error,
            due_at,
            ..
        } => (
            Paint::Bad.on("?"),
            format!("{}, failed: {error}{}", undoing(*step), again(due_at)),
        ),
        Event::Compensated { .. } => (
            Paint::Good.on("●"),
            Paint::Good.on("compensated: all that was ever asked for is undone"),
        ),
        Event::Hurried { .. } => (
            Paint::Accent.on("!"),
            "a person asked for it to be tried now".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(epoch: i64, definition: i32, event: &str) -> Entry {
        Entry {
            epoch,
            definition,
            event: event.to_owned(),
        }
    }

    #[test]
    fn a_journal_reads_as_a_story() {
        let entries = [
            entry(
                1,
                1,
                r#"{"type":"PLACED","at":0,"seed":7,"deadline":300000}"#,
            ),
            entry(
                1,
                1,
                r#"{"type":"SENT","at":0,"step":"CHARGE","attempt":1}"#,
            ),
            entry(
                2,
                1,
                r#"{"type":"UNKNOWN","at":16020,"step":"CHARGE","error":"HTTP 503","dueAt":16020}"#,
            ),
            entry(
                2,
                1,
                r#"{"type":"SENT","at":16020,"step":"CHARGE","attempt":2}"#,
            ),
            entry(2, 1, r#"{"type":"DONE","at":16025,"step":"CHARGE"}"#),
            entry(
                2,
                1,
                r#"{"type":"TURNED_BACK","at":65000,"reason":{"code":"CANCELLED_BY_USER","detail":null}}"#,
            ),
            entry(3, 99, r#"{"type":"PONDERED"}"#),
        ];
        // No terminal, no colours.
        assert_eq!(
            tell(&entries),
            [
                "     +0:00.000  ● placed; an unknown outcome turns it back at +5:00.000",
                "     +0:00.000  → billing: charge",
                "              ── in other hands: epoch 2 ──",
                "     +0:16.020  ? billing: charge, unknown: HTTP 503, again at +0:16.020  16020 ms",
                "     +0:16.020  → billing: charge, attempt 2",
                "     +0:16.025  ✓ billing: charge  5 ms",
                "     +1:05.000  ↩ turned back: the customer cancelled",
                "              ── in other hands: epoch 3 ──",
                "                ? of definition 99: {\"type\":\"PONDERED\"}",
            ]
        );
    }
}
