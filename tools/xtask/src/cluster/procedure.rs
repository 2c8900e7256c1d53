//! Running steps of the quickstart, with their progress.

use std::io::{BufRead, BufReader, Read};
use std::thread;

use anyhow::{Result, bail};
use procedures::Script;

use crate::program;
use crate::terminal::Step;

/// How many of its last lines are shown of a step that failed.
const LAST_LINES: usize = 40;

/// Runs a script under a step of this label; returns what it printed to standard output.
///
/// # Errors
/// When one of its commands fails, with the end of what it printed.
pub fn run(label: &'static str, script: &Script) -> Result<String> {
    let step = Step::begin(label);
    let (status, (printed, errors)) = program::read(script.command(), |output| {
        thread::scope(|scope| {
            let errors = scope.spawn(|| lines(output.stderr, &step));
            let printed = lines(output.stdout, &step);
            (printed, errors.join().unwrap_or_default())
        })
    })?;
    if !status.success() {
        let all: Vec<String> = printed.into_iter().chain(errors).collect();
        let end = &all[all.len().saturating_sub(LAST_LINES)..];
        bail!(
            "{label} failed ({status}); the same command goes on from here\n\n{}",
            end.join("\n")
        );
    }
    step.done("");
    Ok(printed.join("\n"))
}

/// Shows each line as the step's note; returns them all.
fn lines(output: impl Read, step: &Step) -> Vec<String> {
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    lines.inspect(|line| step.note(line.trim())).collect()
}
