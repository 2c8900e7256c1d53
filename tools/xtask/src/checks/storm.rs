//! Storms: random kills, outages and faults under load.

use anyhow::Result;
use stack::HostKind;

use super::test_programs::host_variable;
use crate::build;
use crate::cargo;
use crate::system::{Postgres, ensure_spin};
use crate::terminal::Step;

/// Builds what a storm needs and runs one, with these arguments of its program.
pub fn build_and_run(kind: HostKind, arguments: &[&str]) -> Result<()> {
    if kind == HostKind::Spin {
        ensure_spin()?;
    }
    build::all(kind)?;
    run(kind, arguments)
}

/// Runs a storm, with these arguments of its program.
pub fn run(kind: HostKind, arguments: &[&str]) -> Result<()> {
    let variables = [Postgres::find_server()?, host_variable(kind)];
    let program = ["--package", "faults", "--bin", "storm"];
    let step = Step::begin("storm");
    cargo::compile(&step, &[&["build"], program.as_slice()].concat())?;
    step.done("");
    let run = [&["run", "--quiet"], program.as_slice(), &["--"], arguments].concat();
    cargo::show("the storm", &run, &variables)
}
