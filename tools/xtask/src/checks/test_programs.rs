//! Builds and runs the programs that hold the tests.

use anyhow::Result;
use stack::HostKind;

use super::side_by_side::{self, Run, Shown};
use crate::build;
use crate::cargo::{self, TestProgram};
use crate::system::Postgres;
use crate::terminal::Step;

/// One selection for every test program and the host: with another, cargo would choose other features of their
/// dependencies, and compile those again. Tests that need a running system have `test = false` in their manifests, so
/// that they run only when they are named.
const WORKSPACE: [&str; 2] = ["test", "--workspace"];

/// The matrix of faults, and what belongs to it; the longest first, since two run at a time.
const FAULTS: [&str; 4] = ["matrix", "circuit", "fairness", "mutations"];
/// It measures a time for which it needs the processors.
const FAULTS_ALONE: [&str; 1] = ["recovery"];
/// Orders' events: each starts systems and a RabbitMQ of its own. The longest first.
const EVENTS: [&str; 3] = ["broker", "alarm", "hosts"];

/// Builds the components, and the host with every test program.
pub fn build_with_components() -> Result<()> {
    build::wasm_target()?;
    build::components()?;
    let step = Step::begin("test programs");
    compile_all(&step)?;
    step.done("");
    Ok(())
}

/// Builds all programs and all tests, those too that run only when they are named.
pub fn compile_all(step: &Step) -> Result<()> {
    let tests = ["--lib", "--bins", "--test", "*", "--no-run"];
    cargo::compile(step, &[&WORKSPACE[..], &tests].concat())?;
    cargo::compile(step, &["build", "--workspace", "--bins"])
}

pub fn unit(rest: &[String]) -> Result<()> {
    beside_each_other(&[], rest, &[Postgres::find_server()?])
}

pub fn faults(kind: HostKind, rest: &[String]) -> Result<()> {
    with_systems_of_their_own(&FAULTS, kind, rest)?;
    with_systems_of_their_own(&FAULTS_ALONE, kind, rest)
}

pub fn events(kind: HostKind, rest: &[String]) -> Result<()> {
    with_systems_of_their_own(&EVENTS, kind, rest)
}

/// Runs one program, `threads` of its tests at a time, with these environment variables.
pub fn run(
    program: &str,
    threads: &str,
    rest: &[String],
    variables: &[(String, String)],
) -> Result<()> {
    let selection = [&WORKSPACE[..], &["--test", program]].concat();
    compile(&selection)?;
    let rest = [rest, &[format!("--test-threads={threads}")]].concat();
    show(&selection, &rest, variables)
}

/// Runs programs that start systems of their own on hosts of this kind. They wait more than they compute.
fn with_systems_of_their_own(
    names: &[&'static str],
    kind: HostKind,
    rest: &[String],
) -> Result<()> {
    let variables = [Postgres::find_server()?, host_variable(kind)];
    let rest = [rest, &["--nocapture".to_owned()]].concat();
    beside_each_other(names, &rest, &variables)
}

/// Builds the named test programs, or all when none is, and runs some of them at a time, in the order of the names.
/// What each prints is shown when it has ended.
fn beside_each_other(
    names: &[&'static str],
    rest: &[String],
    variables: &[(String, String)],
) -> Result<()> {
    let runs = compiled(names)?.into_iter().map(|program| Run {
        name: program.name.clone(),
        program,
        arguments: rest.to_vec(),
        variables: variables.to_vec(),
    });
    run_beside_each_other(runs.collect())
}

/// Runs some of them at a time. What each prints is shown when it has ended.
pub fn run_beside_each_other(runs: Vec<Run>) -> Result<()> {
    let step = Step::begin("tests");
    let passed = side_by_side::run(runs, Shown::Everything, &step)?;
    step.done(&format!("{passed} passed"));
    Ok(())
}

/// Builds the named test programs, or all when none is; they are in the order of the names.
pub fn compiled(names: &[&'static str]) -> Result<Vec<TestProgram>> {
    let step = Step::begin("test programs");
    let named = names.iter().flat_map(|name| ["--test", name]);
    let selection: Vec<&str> = WORKSPACE
        .into_iter()
        .chain(named)
        .chain(["--no-run"])
        .collect();
    let mut programs = cargo::compile_tests(&step, &selection)?;
    programs.sort_by_key(|program| names.iter().position(|name| *name == program.target));
    step.done("");
    Ok(programs)
}

/// The environment variable that chooses the host for the tests.
pub fn host_variable(kind: HostKind) -> (String, String) {
    (HostKind::VARIABLE.to_owned(), kind.name().to_owned())
}

/// Builds test programs first, so that their run prints nothing but the tests.
fn compile(selection: &[&str]) -> Result<()> {
    let step = Step::begin("test programs");
    cargo::compile(&step, &[selection, &["--no-run"]].concat())?;
    step.done("");
    Ok(())
}

fn show(selection: &[&str], rest: &[String], variables: &[(String, String)]) -> Result<()> {
    let mut arguments = selection.to_vec();
    arguments.push("--");
    arguments.extend(rest.iter().map(String::as_str));
    cargo::show("a test", &arguments, variables)
}
