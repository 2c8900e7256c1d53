//! Storms: random kills, outages and faults under load.

use anyhow::Result;
use stack::HostKind;

use super::test_programs::host_variable;
use crate::build;
use crate::cargo;
use crate::program;
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
    let step = Step::begin("storm");
    let mut storm = cargo::program(&step, "storm")?;
    step.done("");
    storm
        .args(arguments)
        .envs([Postgres::find_server()?, host_variable(kind)]);
    program::show("the storm", storm)
}
