//! What came of each check, and how long it took.

use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};

use super::check::Check;
use crate::terminal::{Paint, line, shown_duration, title};

pub enum Outcome {
    Passed(Duration),
    Failed(Duration, Error),
    /// A check before it failed.
    NotRun,
    /// This machine lacks what it runs on.
    Skipped,
}

pub struct Summary {
    began: Instant,
    outcomes: Vec<(Check, Outcome)>,
}

impl Summary {
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            outcomes: Vec::new(),
        }
    }

    pub fn add(&mut self, check: Check, outcome: Outcome) {
        self.outcomes.push((check, outcome));
    }

    /// Prints a line for each check and, alone on the last one, how many there were.
    pub fn print(&self) {
        title("── summary ──");
        for (check, outcome) in &self.outcomes {
            let (mark, time) = match outcome {
                Outcome::Passed(time) => (Paint::Good.on("✓"), shown_duration(*time)),
                Outcome::Failed(time, _) => (Paint::Bad.on("✗"), shown_duration(*time)),
                Outcome::NotRun => (Paint::Quiet.on("–"), "not run".to_owned()),
                Outcome::Skipped => (Paint::Quiet.on("–"), "skipped".to_owned()),
            };
            line(&format!("  {mark} {:12} {time:>9}", check.name()));
        }
        let total = shown_duration(self.began.elapsed());
        line(&format!("    {:12} {total:>9}", ""));
        line(&format!("\n{}", self.counts()));
    }

    /// `12 passed, 1 failed`, for people and machines.
    fn counts(&self) -> String {
        let count = |wanted: fn(&Outcome) -> bool| {
            let outcomes = self.outcomes.iter();
            outcomes.filter(|(_, outcome)| wanted(outcome)).count()
        };
        let passed = count(|outcome| matches!(outcome, Outcome::Passed(_)));
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(..)));
        match count(|outcome| matches!(outcome, Outcome::NotRun | Outcome::Skipped)) {
            0 => format!("{passed} passed, {failed} failed"),
            skipped => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
    }

    /// The error of the only check that failed, or one that names all that failed.
    pub fn result(self) -> Result<()> {
        let mut failed: Vec<(Check, Error)> = self
            .outcomes
            .into_iter()
            .filter_map(|(check, outcome)| match outcome {
                Outcome::Failed(_, error) => Some((check, error)),
                _ => None,
            })
            .collect();
        match failed.len() {
            0 => Ok(()),
            1 => Err(failed.remove(0).1),
            _ => {
                let names: Vec<String> = failed.iter().map(|(check, _)| check.name()).collect();
                Err(anyhow!("these checks failed: {}", names.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_the_checks() {
        let mut summary = Summary::begin();
        summary.add(Check::Fmt, Outcome::Passed(Duration::ZERO));
        assert_eq!(summary.counts(), "1 passed, 0 failed");
        let failure = Outcome::Failed(Duration::ZERO, anyhow!("no"));
        summary.add(Check::Clippy, failure);
        summary.add(Check::Build, Outcome::NotRun);
        assert_eq!(summary.counts(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(summary.result().unwrap_err().to_string(), "no");
    }
}
