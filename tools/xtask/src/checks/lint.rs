//! What reads the code without running it.

use anyhow::{Context, Result};
use stack::SERVICES;

use crate::build;
use crate::cargo;
use crate::terminal::Step;

pub fn format() -> Result<()> {
    let step = Step::begin("rustfmt");
    cargo::run_quietly(&["fmt", "--all", "--check"])
        .context("the code is not formatted; `cargo xtask fmt` formats it")?;
    step.done("");
    Ok(())
}

/// Fails on a circle of imports.
pub fn structure() -> Result<()> {
    let step = Step::begin("imports");
    let program = ["run", "--quiet", "--package", "structure-check"];
    cargo::run_quietly(&program)?;
    step.done("no circles");
    Ok(())
}

/// Clippy over all packages and tests, and over the components as WebAssembly.
pub fn clippy() -> Result<()> {
    // `--test *`: also those tests that run only when they are named.
    native(
        &["--workspace", "--all-targets", "--test", "*"],
        "the workspace and its tests",
    )?;
    wasm(&SERVICES)
}

/// Clippy over these packages and their tests, and over those of them that are components as WebAssembly.
pub fn clippy_of(packages: &[String], tests: bool) -> Result<()> {
    let mut arguments: Vec<&str> = packages
        .iter()
        .flat_map(|package| ["--package", package])
        .collect();
    arguments.push("--all-targets");
    if tests {
        arguments.extend(["--test", "*"]);
    }
    native(&arguments, &packages.join(", "))?;
    let changed = SERVICES.into_iter();
    let changed: Vec<&str> = changed
        .filter(|service| packages.iter().any(|package| package == service))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    wasm(&changed)
}

fn native(selection: &[&str], what: &str) -> Result<()> {
    let step = Step::begin("native");
    let arguments = [&["clippy"], selection, &["--", "-D", "warnings"]].concat();
    cargo::compile(&step, &arguments)?;
    step.done(what);
    Ok(())
}

fn wasm(components: &[&str]) -> Result<()> {
    build::wasm_target()?;
    let step = Step::begin("wasm");
    let mut arguments = vec!["clippy", "--release", "--target", build::WASM_TARGET];
    for component in components {
        arguments.extend(["--package", component]);
    }
    arguments.extend(["--", "-D", "warnings"]);
    cargo::compile(&step, &arguments)?;
    step.done(&components.join(", "));
    Ok(())
}
