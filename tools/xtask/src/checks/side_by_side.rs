//! Test programs side by side: some compute, others wait for their database.

use std::num::NonZero;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, available_parallelism};

use anyhow::{Result, anyhow, bail};

use crate::cargo::TestProgram;
use crate::program;
use crate::terminal::{Step, line};

/// One run of a test program.
pub struct Run {
    /// How it is named in what is shown.
    pub name: String,
    pub program: TestProgram,
    pub arguments: Vec<String>,
    pub variables: Vec<(String, String)>,
}

struct Finished {
    name: String,
    successful: bool,
    printed: String,
}

/// What is printed of a program that has passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    Everything,
}

/// Runs them all, in their order, as many at a time as there are processors; returns how many tests there were.
///
/// # Errors
/// When one fails, with the output of each that did.
pub fn run(runs: Vec<Run>, shown: Shown, step: &Step) -> Result<usize> {
    let total = runs.len() as u64;
    let (todo, done) = (Mutex::new(runs.into_iter()), AtomicU64::new(0));
    let work = || -> Result<Vec<Finished>> {
        let mut finished = Vec::new();
        loop {
            let next = todo.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(run) = next else {
                return Ok(finished);
            };
            step.note(&run.name);
            let run = run_one(run)?;
            if shown == Shown::Everything && run.successful {
                line(&format!("{}\n{}", run.name, run.printed.trim_end()));
            }
            finished.push(run);
            step.progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        }
    };
    // No more than processors: the times of some tests are tight.
    let threads = available_parallelism().map_or(2, NonZero::get);
    let mut finished = Vec::new();
    thread::scope(|scope| -> Result<()> {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            let result = thread.join();
            finished.extend(result.map_err(|_| anyhow!("a thread that runs tests panicked"))??);
        }
        Ok(())
    })?;
    report(&finished)
}

fn run_one(run: Run) -> Result<Finished> {
    let mut command = Command::new(&run.program.path);
    command
        .args(run.arguments)
        .current_dir(&run.program.folder)
        .envs(run.variables);
    let (status, printed) = program::capture(command)?;
    Ok(Finished {
        name: run.name,
        successful: status.success(),
        printed,
    })
}

fn report(finished: &[Finished]) -> Result<usize> {
    let failed = finished.iter().filter(|program| !program.successful);
    let failed: Vec<String> = failed
        .map(|program| format!("{}:\n{}", program.name, program.printed.trim()))
        .collect();
    if !failed.is_empty() {
        bail!("tests failed\n\n{}", failed.join("\n\n"));
    }
    let passed = finished.iter().map(|program| passed(&program.printed));
    Ok(passed.sum())
}

/// The sum of the lines `test result: ok. 12 passed; 0 failed; …`.
fn passed(printed: &str) -> usize {
    let counts = printed.lines().filter_map(|line| {
        let (_, rest) = line.split_once("test result: ok. ")?;
        rest.split_once(' ')?.0.parse::<usize>().ok()
    });
    counts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_reported_with_its_output() {
        let finished = |name: &str, successful| Finished {
            name: name.to_owned(),
            successful,
            printed: format!("test result: ok. 1 passed\n{name} printed this"),
        };
        let both = [finished("one", true), finished("two", true)];
        assert_eq!(report(&both).unwrap(), 2);
        let error = report(&[finished("one", true), finished("two", false)]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("two printed this"), "{text}");
        assert!(!text.contains("one printed this"), "{text}");
    }

    #[test]
    fn tests_are_counted_over_all_programs() {
        let printed = "running 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                       test result: ok. 40 passed; 0 failed\n";
        assert_eq!(passed(printed), 42);
    }
}
