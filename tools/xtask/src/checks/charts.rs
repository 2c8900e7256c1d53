//! The charts in `deploy/`: checked, or rendered for tests.

use std::path::Path;

use anyhow::Result;

use crate::cargo;
use crate::terminal::Step;

const DEPLOY_CHECK: [&str; 4] = ["run", "--quiet", "--package", "deploy-check"];

pub fn check() -> Result<()> {
    cargo::show("deploy-check", &DEPLOY_CHECK, &[])
}

/// Writes all objects into a file in `folder`. Returns the variable of the environment that leads tests to it.
pub fn render(folder: &Path) -> Result<(String, String)> {
    let step = Step::begin("charts");
    let file = folder.join("charts.json").display().to_string();
    cargo::run_quietly(&[&DEPLOY_CHECK[..], &["--", "--render", &file]].concat())?;
    step.done("rendered");
    Ok(("ZAKAZ_CHARTS".to_owned(), file))
}
