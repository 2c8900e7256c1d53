//! Builds and runs the programs that hold the tests.

use anyhow::Result;
use stack::HostKind;

use super::side_by_side::{self, Shown};
use crate::build;
use crate::cargo;
use crate::system::Postgres;
use crate::terminal::Step;

/// One selection for every test program and the host: with another, cargo would choose other features of their
/// dependencies, and compile those again. Tests that need a running system have `test = false` in their manifests, so
/// that they run only when they are named.
const WORKSPACE: [&str; 2] = ["test", "--workspace"];

/// The matrix of faults, and what belongs to it.
const FAULTS: [&str; 5] = ["matrix", "mutations", "fairness", "circuit", "recovery"];
/// Orders' events: each starts systems and a RabbitMQ of its own.
const EVENTS: [&str; 3] = ["alarm", "broker", "hosts"];

/// Builds the components, and the host with every test program.
pub fn build_with_components() -> Result<()> {
    build::wasm_target()?;
    build::components()?;
    compile(&WORKSPACE)
}

pub fn unit(rest: &[String]) -> Result<()> {
    let server = Postgres::find_server()?;
    beside_each_other(&WORKSPACE, rest, &[server])
}

/// They wait more than they compute, so two run at a time.
pub fn faults(kind: HostKind, rest: &[String]) -> Result<()> {
    let variables = [Postgres::find_server()?, host_variable(kind)];
    let rest = [rest, &["--nocapture".to_owned()]].concat();
    beside_each_other(&selection_of(&FAULTS), &rest, &variables)
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

/// Runs programs that start systems of their own on hosts of this kind; what they print is shown.
fn with_systems_of_their_own(
    programs: &[&'static str],
    kind: HostKind,
    rest: &[String],
) -> Result<()> {
    let variables = [Postgres::find_server()?, host_variable(kind)];
    let selection = selection_of(programs);
    compile(&selection)?;
    let rest = [rest, &["--nocapture".to_owned()]].concat();
    show(&selection, &rest, &variables)
}

fn selection_of(programs: &[&'static str]) -> Vec<&'static str> {
    let named = programs.iter().flat_map(|program| ["--test", program]);
    WORKSPACE.into_iter().chain(named).collect()
}

/// Builds test programs, and runs some of them at a time. What each prints is shown when it has ended.
fn beside_each_other(
    selection: &[&str],
    rest: &[String],
    variables: &[(String, String)],
) -> Result<()> {
    let step = Step::begin("test programs");
    let programs = cargo::compile_tests(&step, &[selection, &["--no-run"]].concat())?;
    step.done("");
    let step = Step::begin("tests");
    let passed = side_by_side::run(programs, rest, variables, Shown::Everything, &step)?;
    step.done(&format!("{passed} passed"));
    Ok(())
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
