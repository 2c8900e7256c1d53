//! The tests that break systems of their own: the matrix of faults, orphans, storms.

use anyhow::Result;

use super::{WORKSPACE, compile_tests, show_tests};
use crate::cargo;
use crate::stack::Database;
use crate::terminal::Step;

const PROGRAMS: [&str; 4] = ["matrix", "bites", "fairness", "recovery"];

/// Runs the matrix and its neighbours, with their tables.
pub fn test(rest: &[String]) -> Result<()> {
    let server = Database::find_server()?;
    let programs = PROGRAMS.iter().flat_map(|program| ["--test", program]);
    let selection: Vec<&str> = WORKSPACE.into_iter().chain(programs).collect();
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
    let program = ["--package", "zakaz-faults", "--bin", "storm"];
    let step = Step::begin("storm");
    cargo::run(&step, &[&["build"], program.as_slice()].concat())?;
    step.done("");
    let run = [&["run", "--quiet"], program.as_slice(), &["--"], arguments].concat();
    cargo::show_with("the storm", &run, &[server])
}
