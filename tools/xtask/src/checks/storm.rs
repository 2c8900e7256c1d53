//! Storms: random kills, outages and faults under load.

use anyhow::Result;

use crate::cargo;
use crate::system::Postgres;
use crate::terminal::Step;

/// Runs a storm with these arguments of its program.
pub fn blow(arguments: &[&str]) -> Result<()> {
    let server = Postgres::find_server()?;
    let program = ["--package", "faults", "--bin", "storm"];
    let step = Step::begin("storm");
    cargo::run(&step, &[&["build"], program.as_slice()].concat())?;
    step.done("");
    let run = [&["run", "--quiet"], program.as_slice(), &["--"], arguments].concat();
    cargo::show_with("the storm", &run, &[server])
}
