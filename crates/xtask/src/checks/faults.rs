//! The tests that break systems of their own: the matrix of faults, orphans, storms.

use anyhow::Result;

use super::{FAULT_TESTS, compile_tests, show_tests};
use crate::cargo;
use crate::stack::Database;
use crate::terminal::Step;

/// Runs the matrix and its neighbours, with their tables.
pub fn test(rest: &[String]) -> Result<()> {
    let server = Database::find_server()?;
    let selection = ["test", "--package", FAULT_TESTS];
    compile_tests(&selection)?;
    show_tests(
        &selection,
        &[rest, &["--nocapture".to_owned()]].concat(),
        &[server],
    )
}

/// Runs a storm with these arguments of its program.
pub fn storm(arguments: &[&str]) -> Result<()> {
    let server = Database::find_server()?;
    let program = ["--package", FAULT_TESTS, "--bin", "storm"];
    let step = Step::begin("storm");
    cargo::run(&step, &[&["build"], program.as_slice()].concat())?;
    step.done("");
    let run = [&["run", "--quiet"], program.as_slice(), &["--"], arguments].concat();
    cargo::show_with("the storm", &run, &[server])
}
