//! Storms: random kills, outages and faults under load.

use anyhow::Result;

use crate::cargo;
use crate::stack::Database;
use crate::terminal::Step;

/// Runs a storm with these arguments of its program.
pub fn blow(arguments: &[&str]) -> Result<()> {
    let server = Database::find_server()?;
    let program = ["--package", "faults", "--bin", "storm"];
    let step = Step::begin("storm");
    cargo::run(&step, &[&["build"], program.as_slice()].concat())?;
    step.done("");
    let run = [&["run", "--quiet"], program.as_slice(), &["--"], arguments].concat();
    cargo::show_with("the storm", &run, &[server])
}
