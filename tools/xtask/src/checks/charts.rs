//! The charts in `deploy/`: checked, or rendered for tests.

use std::path::Path;

use anyhow::Result;

use crate::cargo;
use crate::program;
use crate::terminal::Step;

pub fn check() -> Result<()> {
    cargo::run("deploy-check", &[])
}

/// Writes all objects into a file in `folder`. Returns the variable of the environment that leads tests to it.
pub fn render(folder: &Path) -> Result<(String, String)> {
    let step = Step::begin("charts");
    let file = folder.join("charts.json").display().to_string();
    let mut deploy_check = cargo::program(&step, "deploy-check")?;
    deploy_check.args(["--render", &file]);
    program::run_quietly("rendering the charts", deploy_check)?;
    step.done("rendered");
    Ok(("ZAKAZ_CHARTS".to_owned(), file))
}
