//! `cargo xtask check`: format, imports, lints of what changed, and all tests that need no running system.

use std::time::Instant;

use anyhow::{Context, Result};

use super::change::{Change, Members};
use super::lint;
use crate::cargo;
use crate::system::Postgres;
use crate::terminal::{Paint, Step, line, shown_duration};

pub struct Options {
    /// Lint everything, not only what changed.
    pub all: bool,
}

/// Runs everything, also after a failure.
///
/// # Errors
/// When a part fails; the message names each that did.
pub fn run(options: &Options) -> Result<()> {
    let began = Instant::now();
    let members = Members::read()?;
    line("");
    lint::format()?;
    lint::structure()?;
    match members.changed(options.all)? {
        Change::Everything => lint::clippy()?,
        Change::Packages(packages) if packages.is_empty() => {
            line("    no package differs from main, so none is linted; `--all` lints all of them");
        }
        Change::Packages(packages) => lint::clippy_of(&packages, members.have_tests(&packages))?,
    }
    let passed = tests(&members)?;
    line(&format!(
        "\n{} {passed} tests passed, after {}",
        Paint::Good.on("✓"),
        shown_duration(began.elapsed())
    ));
    Ok(())
}

/// Runs the tests of all crates and components; returns how many there were.
fn tests(members: &Members) -> Result<usize> {
    let server = Postgres::find_server()?;
    let step = Step::begin("tests");
    let packages = members.in_folders(&["crates", "components"]);
    let mut selection = vec!["test", "--lib", "--bins", "--tests"];
    for package in &packages {
        selection.extend(["--package", package]);
    }
    cargo::compile(&step, &[selection.as_slice(), &["--no-run"]].concat())?;
    step.note("running");
    let printed = cargo::run_with_output(&selection, &[server])
        .context("a test failed; `cargo test --package NAME` shows the tests of one package")?;
    let passed = passed(&printed);
    step.done(&format!("{passed} of {} packages", packages.len()));
    Ok(passed)
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
    use super::passed;

    #[test]
    fn tests_are_counted_over_all_programs() {
        let printed = "running 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                       test result: ok. 40 passed; 0 failed\n";
        assert_eq!(passed(printed), 42);
    }
}
