//! A journal as lines for a terminal.

use std::collections::HashMap;

use saga::{JournalEntry, StepName};

use crate::terminal::Paint;

/// An entry of the journal.
pub struct Entry {
    /// Its number, from 1.
    pub seq: i32,
    /// The lease under which it was written.
    pub epoch: i64,
    /// The version of the definition that wrote it.
    pub definition: i32,
    /// As the database has it.
    pub entry: String,
}

/// A line for each entry, and one wherever the saga was claimed by another driver, or entries have been deleted.
pub fn lines(entries: &[Entry]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut epoch = entries.first().map_or(1, |entry| entry.epoch);
    // When the call of each step under way was sent.
    let mut sent_at = HashMap::new();
    let mut before = 0;
    for entry in entries {
        let deleted = entry.seq - before - 1;
        before = entry.seq;
        if deleted > 0 {
            let text = format!("              ── {deleted} older entries were deleted ──");
            lines.push(Paint::Quiet.on(&text));
        }
        if entry.epoch != epoch {
            epoch = entry.epoch;
            let text = format!("              ── claimed: epoch {epoch} ──");
            lines.push(Paint::Quiet.on(&text));
        }
        // An entry of a newer definition may have another form.
        lines.push(match serde_json::from_str(&entry.entry) {
            Ok(read) => {
                let duration = duration(&read, &mut sent_at);
                let (mark, text) = describe(&read);
                format!(
                    "  {}  {mark} {text}{duration}",
                    Paint::Quiet.on(&time(read.at()))
                )
            }
            Err(_) => {
                let text = format!("of definition {}: {}", entry.definition, entry.entry);
                format!("  {:>12}  {} {text}", "", Paint::Quiet.on("?"))
            }
        });
    }
    lines
}

/// Milliseconds since the saga started, as `+1:02.345`.
fn time(millis: i64) -> String {
    let (minutes, seconds, rest) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
    format!("{:>12}", format!("+{minutes}:{seconds:02}.{rest:03}"))
}

/// How long a call took, for the entry about its outcome.
fn duration(entry: &JournalEntry, sent_at: &mut HashMap<StepName, i64>) -> String {
    let Some(step) = entry.step() else {
        return String::new();
    };
    if let JournalEntry::Sent { at, .. } | JournalEntry::UndoSent { at, .. } = entry {
        sent_at.insert(step.clone(), *at);
        return String::new();
    }
    let sent_at = sent_at.remove(step);
    sent_at.map_or_else(String::new, |sent_at| {
        Paint::Quiet.on(&format!("  {} ms", entry.at() - sent_at))
    })
}

fn attempt(number: u32) -> String {
    match number {
        1 => String::new(),
        number => format!(", attempt {number}"),
    }
}

fn describe(entry: &JournalEntry) -> (String, String) {
    let again = |at: &i64| Paint::Quiet.on(&format!(", again at {}", time(*at).trim_start()));
    match entry {
        JournalEntry::Started { deadline, .. } => (
            Paint::Accent.on("●"),
            format!(
                "started; a step without an answer is given up at {}",
                time(*deadline).trim_start()
            ),
        ),
        JournalEntry::Sent {
            step, attempt: it, ..
        } => (Paint::Accent.on("→"), format!("{step}{}", attempt(*it))),
        JournalEntry::Done { step, .. } => (Paint::Good.on("✓"), step.to_string()),
        JournalEntry::Refused { step, code, .. } => {
            (Paint::Bad.on("✗"), format!("{step}, refused: {code}"))
        }
        JournalEntry::Unknown {
            step,
            error,
            due_at,
            ..
        } => (
            Paint::Bad.on("?"),
            format!("{step}, unknown: {error}{}", again(due_at)),
        ),
        JournalEntry::Completed { .. } => (Paint::Good.on("●"), Paint::Good.on("completed")),
        JournalEntry::CompensationStarted { reason, .. } => (
            Paint::Bad.on("↩"),
            match &reason.detail {
                Some(detail) => format!("compensating, {}: {detail}", reason.code),
                None => format!("compensating, {}", reason.code),
            },
        ),
        JournalEntry::UndoSent {
            step, attempt: it, ..
        } => (
            Paint::Accent.on("←"),
            format!("undo {step}{}", attempt(*it)),
        ),
        JournalEntry::Undone { step, .. } => (Paint::Good.on("✓"), format!("undo {step}")),
        JournalEntry::UndoFailed {
            step,
            error,
            due_at,
            ..
        } => (
            Paint::Bad.on("?"),
            format!("undo {step}, failed: {error}{}", again(due_at)),
        ),
        JournalEntry::Compensated { .. } => (
            Paint::Good.on("●"),
            Paint::Good.on("compensated: every step that was sent is undone"),
        ),
        JournalEntry::RetryRequested { .. } => {
            (Paint::Accent.on("!"), "a retry was requested".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(epoch: i64, definition: i32, it: &str) -> Entry {
        Entry {
            seq: 0,
            epoch,
            definition,
            entry: it.to_owned(),
        }
    }

    #[test]
    fn a_journal_is_shown_line_by_line() {
        let entries = [
            entry(
                1,
                1,
                r#"{"type":"STARTED","at":0,"seed":7,"deadline":300000}"#,
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
        let numbers = [1, 2, 3, 4, 5, 40, 41];
        let numbered = entries.into_iter().zip(numbers);
        let entries: Vec<Entry> = numbered
            .map(|(entry, seq)| Entry { seq, ..entry })
            .collect();
        // There are no colours, because this is no terminal.
        assert_eq!(
            lines(&entries),
            [
                "     +0:00.000  ● started; a step without an answer is given up at +5:00.000",
                "     +0:00.000  → CHARGE",
                "              ── claimed: epoch 2 ──",
                "     +0:16.020  ? CHARGE, unknown: HTTP 503, again at +0:16.020  16020 ms",
                "     +0:16.020  → CHARGE, attempt 2",
                "     +0:16.025  ✓ CHARGE  5 ms",
                "              ── 34 older entries were deleted ──",
                "     +1:05.000  ↩ compensating, CANCELLED_BY_USER",
                "              ── claimed: epoch 3 ──",
                "                ? of definition 99: {\"type\":\"PONDERED\"}",
            ]
        );
    }
}
