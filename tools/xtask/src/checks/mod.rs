//! `cargo xtask test`: everything that CI runs, in order, stopping at the first failure.

mod api;
mod needs;
mod prometheus;
mod python;
mod storm;
mod tested_system;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::build;
use crate::cargo;
use crate::demo::{self, Language};
use crate::system::{Postgres, SERVICES};
use crate::terminal::{Paint, Step, line, shown_duration, title};

use tested_system::TestedSystem;

/// One selection for every test program and the host: with another, cargo would choose other features of
/// what they stand on, and compile it again. Tests that need a running system are not among those that run
/// without being named (`test = false` in their manifests).
const WORKSPACE: [&str; 2] = ["test", "--workspace"];

/// The matrix of faults and its neighbours.
const FAULTS: [&str; 4] = ["matrix", "mutations", "fairness", "recovery"];
/// Orders' events: systems of their own, and a RabbitMQ for each.
const EVENTS: [&str; 2] = ["broker", "hosts"];

/// One check. They run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Check {
    /// The format of the code
    Fmt,
    /// Clippy, for this machine and for WebAssembly, warnings being errors
    Clippy,
    /// The components and their host are built
    Build,
    /// Unit and property tests, and tests of the SQL on a real PostgreSQL
    Unit,
    /// Every fault at every call of a saga, and a thousand sagas that lose their driver
    Faults,
    /// A minute of random kills, outages and faults under load
    Storm,
    /// Orders' events, out of a real RabbitMQ that is killed, slow or not there
    Events,
    /// A real Prometheus and the gateway's own Envoy, set up as the charts say: every panel has data, alerts fire
    Prometheus,
    /// The contract, as a black box, against a running system
    E2e,
    /// The demo ends as it must
    Demo,
    /// The host is killed and PostgreSQL is stopped in the middle of things; then everything is counted
    Restart,
    /// Every operation of the API document, against what the services answer. The last, since its guesses
    /// at passwords use up the administrator's attempts
    Api,
}

impl Check {
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    fn needs_build(self) -> bool {
        self >= Self::Faults
    }

    fn needs_system(self) -> bool {
        self >= Self::E2e
    }
}

/// Runs the checks of `only`, or all. `rest` goes to the test programs.
pub fn run(only: &[Check], rest: &[String]) -> Result<()> {
    let started = Instant::now();
    let wanted = |check: &Check| only.is_empty() || only.contains(check);
    let checks: Vec<Check> = Check::value_variants()
        .iter()
        .copied()
        .filter(wanted)
        .collect();
    needs::ensure(&checks)?;
    let mut times = Vec::new();
    let mut system = None;
    for check in checks.iter().copied() {
        title(&format!("── {} ──", check.name()));
        let began = Instant::now();
        let outcome = run_one(check, &checks, &mut system, rest);
        times.push((check, began.elapsed(), outcome.is_ok()));
        if outcome.is_err() {
            summary(&times, started.elapsed());
        }
        outcome.with_context(|| {
            format!(
                "the check `{0}` failed; `cargo xtask test --only {0}` runs it alone",
                check.name()
            )
        })?;
    }
    if let Some(system) = system {
        system.stop()?;
    }
    summary(&times, started.elapsed());
    Ok(())
}

fn run_one(
    check: Check,
    all: &[Check],
    system: &mut Option<TestedSystem>,
    rest: &[String],
) -> Result<()> {
    // Once: what comes after the first that needs it finds everything built.
    let first = all.iter().find(|check| check.needs_build());
    if first == Some(&check) && !all.contains(&Check::Build) {
        build_all()?;
    }
    if check.needs_system() && system.is_none() {
        *system = Some(TestedSystem::start()?);
    }
    match (check, system) {
        (Check::Fmt, _) => fmt(),
        (Check::Clippy, _) => clippy(),
        (Check::Build, _) => build_with_tests(),
        (Check::Unit, _) => unit(rest),
        (Check::Faults, _) => test_programs(&FAULTS, rest),
        (Check::Storm, _) => storm::blow(&["--seconds", "60"]),
        (Check::Events, _) => test_programs(&EVENTS, rest),
        (Check::Prometheus, _) => prometheus::check(),
        (Check::E2e, Some(system)) => {
            system.test("e2e", "8", rest)?;
            system.test("traps", "1", &[])
        }
        (Check::Restart, Some(system)) => system.test("restart", "1", rest),
        (Check::Demo, Some(system)) => demo::show_on(system.system(), Language::En),
        (Check::Api, Some(system)) => api::check(system.system()),
        (_, None) => unreachable!("the system was started above"),
    }
}

fn fmt() -> Result<()> {
    let step = Step::begin("rustfmt");
    cargo::run(&step, &["fmt", "--all", "--check"])
        .context("the code is not formatted; `cargo xtask fmt` does it")?;
    step.done("");
    Ok(())
}

fn clippy() -> Result<()> {
    let step = Step::begin("native");
    cargo::run(
        &step,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            // Those too that run only when they are named.
            "--test",
            "*",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    step.done("the workspace and its tests");
    build::wasm_target()?;
    let step = Step::begin("wasm");
    let mut arguments = vec!["clippy", "--release", "--target", build::WASM_TARGET];
    for service in SERVICES {
        arguments.extend(["--package", service]);
    }
    arguments.extend(["--", "-D", "warnings"]);
    cargo::run(&step, &arguments)?;
    step.done("the components");
    Ok(())
}

/// Builds what is needed and runs a storm, with these arguments.
pub fn storm(arguments: &[&str]) -> Result<()> {
    build_all()?;
    storm::blow(arguments)
}

fn build_all() -> Result<()> {
    build::wasm_target()?;
    build::components()?;
    build::host()
}

/// Builds the components, and the host with every test program.
fn build_with_tests() -> Result<()> {
    build::wasm_target()?;
    build::components()?;
    compile_tests(&WORKSPACE)
}

fn unit(rest: &[String]) -> Result<()> {
    let server = Postgres::find_server()?;
    compile_tests(&WORKSPACE)?;
    show_tests(&WORKSPACE, rest, &[server])
}

/// Builds and runs test programs that run only when they are named, with all that they print.
fn test_programs(programs: &[&'static str], rest: &[String]) -> Result<()> {
    let server = Postgres::find_server()?;
    let named = programs.iter().flat_map(|program| ["--test", program]);
    let selection: Vec<&str> = WORKSPACE.into_iter().chain(named).collect();
    compile_tests(&selection)?;
    let rest = [rest, &["--nocapture".to_owned()]].concat();
    show_tests(&selection, &rest, &[server])
}

/// Builds test programs, so that their run shows nothing but the tests.
fn compile_tests(selection: &[&str]) -> Result<()> {
    let step = Step::begin("test programs");
    cargo::run(&step, &[selection, &["--no-run"]].concat())?;
    step.done("");
    Ok(())
}

fn show_tests(selection: &[&str], rest: &[String], environment: &[(String, String)]) -> Result<()> {
    let mut arguments = selection.to_vec();
    arguments.push("--");
    arguments.extend(rest.iter().map(String::as_str));
    cargo::show_with("a test", &arguments, environment)
}

fn summary(times: &[(Check, Duration, bool)], total: Duration) {
    title("── summary ──");
    for (check, time, passed) in times {
        let mark = if *passed {
            Paint::Good.on("✓")
        } else {
            Paint::Bad.on("✗")
        };
        line(&format!(
            "  {mark} {:10} {:>9}",
            check.name(),
            shown_duration(*time)
        ));
    }
    let passed = times.iter().filter(|(.., passed)| *passed).count();
    line(&format!("  {:12} {:>9}", "", shown_duration(total)));
    // A line of its own that says how many checks there were, for people and machines.
    line(&format!(
        "\nchecks: {passed} passed, {} failed",
        times.len() - passed
    ));
}
