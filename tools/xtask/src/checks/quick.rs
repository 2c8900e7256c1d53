//! `cargo xtask check`: format, imports, lints of what changed, and all tests that need no running system.

use std::time::Instant;

use anyhow::{Result, bail};

use super::change::{Change, Members};
use super::{
    lint,
    side_by_side::{self, Run, Shown},
};
use crate::cargo;
use crate::interrupt::Interrupted;
use crate::system::Postgres;
use crate::terminal::{Step, line, print_error, shown_duration};

pub struct Options {
    /// Lint everything, not only what changed.
    pub all: bool,
}

/// Runs all parts, also after a failure.
///
/// # Errors
/// When a part fails; the message names each that did.
pub fn run(options: &Options) -> Result<()> {
    let began = Instant::now();
    let members = Members::read()?;
    line("");
    let parts: [(&str, &dyn Fn() -> Result<()>); 4] = [
        ("format", &lint::format),
        ("imports", &lint::structure),
        ("lints", &|| lints(&members, options.all)),
        ("tests", &|| tests(&members)),
    ];
    let mut failed = Vec::new();
    for (name, part) in parts {
        match part() {
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                print_error(&error);
                failed.push(name);
            }
            Ok(()) => {}
        }
    }
    let time = shown_duration(began.elapsed());
    line(&format!(
        "\n{} passed, {} failed, after {time}",
        parts.len() - failed.len(),
        failed.len()
    ));
    if !failed.is_empty() {
        bail!("{} failed", failed.join(" and "));
    }
    Ok(())
}

/// Clippy over what changed, or over everything.
fn lints(members: &Members, all: bool) -> Result<()> {
    match members.changed(all)? {
        Change::Everything => lint::clippy(),
        Change::Packages(packages) if packages.is_empty() => {
            line("    no package differs from main, so none is linted; `--all` lints all of them");
            Ok(())
        }
        Change::Packages(packages) => lint::clippy_of(&packages, members.have_tests(&packages)),
    }
}

/// Runs the tests of all crates and components.
fn tests(members: &Members) -> Result<()> {
    let server = Postgres::find_server()?;
    let step = Step::begin("test programs");
    let packages = members.in_folders(&["crates", "components"]);
    let mut selection = vec!["test", "--lib", "--bins", "--tests"];
    for package in &packages {
        selection.extend(["--package", package]);
    }
    let programs = cargo::compile_tests(&step, &[selection.as_slice(), &["--no-run"]].concat())?;
    step.done("");
    let step = Step::begin("tests");
    let runs = programs.into_iter().map(|program| Run {
        name: program.name.clone(),
        program,
        arguments: Vec::new(),
        variables: vec![server.clone()],
    });
    let passed = side_by_side::run(runs.collect(), Shown::Nothing, &step)?;
    step.done(&format!("{passed} of {} packages", packages.len()));
    Ok(())
}
