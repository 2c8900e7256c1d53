//! What reads the code without running it.

use std::thread;

use anyhow::{Context, Result, anyhow};
use stack::SERVICES;

use super::test_programs;
use crate::build;
use crate::cargo;
use crate::program;
use crate::terminal::Step;

const EVERYTHING: &str = "the workspace and its tests";

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
    let structure_check = cargo::program(&step, "structure-check")?;
    program::run_quietly("the check of imports", structure_check)?;
    step.done("no circles");
    Ok(())
}

/// Clippy over all packages and tests, and over the components as WebAssembly.
pub fn clippy() -> Result<()> {
    native(&["--workspace"], true, EVERYTHING)?;
    wasm(&SERVICES)
}

/// The same while everything is built. The build for this machine and that of the components run at the same time: each
/// waits now and then for one package.
pub fn clippy_with_build() -> Result<()> {
    cargo::compile_by_clippy()?;
    thread::scope(|scope| {
        let components = scope.spawn(|| {
            wasm(&SERVICES)?;
            build::components()
        });
        let step = Step::begin("native");
        let built = test_programs::compile_all(&step);
        if built.is_ok() {
            step.done(EVERYTHING);
        }
        let components = components.join();
        built?;
        components.map_err(|_| anyhow!("a thread that builds the components panicked"))?
    })
}

/// Clippy over these packages and their tests, and over those of them that are components as WebAssembly.
pub fn clippy_of(packages: &[String], tests: bool) -> Result<()> {
    let selection: Vec<&str> = packages
        .iter()
        .flat_map(|package| ["--package", package])
        .collect();
    native(&selection, tests, &packages.join(", "))?;
    let changed = SERVICES.into_iter();
    let changed: Vec<&str> = changed
        .filter(|service| packages.iter().any(|package| package == service))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    wasm(&changed)
}

/// Clippy over the targets of the selected packages. `tests`: some of them have programs of tests.
fn native(selection: &[&str], tests: bool, what: &str) -> Result<()> {
    let step = Step::begin("native");
    // `--all-targets` leaves out tests that run only when they are named, whatever else is selected with it.
    let named = ["--test", "*"];
    let targets = [&["--all-targets"][..], &named];
    for targets in &targets[..1 + usize::from(tests)] {
        let arguments = [&["clippy"], selection, targets, &["--", "-D", "warnings"]].concat();
        cargo::compile(&step, &arguments)?;
    }
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
