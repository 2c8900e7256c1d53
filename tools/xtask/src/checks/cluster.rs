//! The check of the charts on a real cluster (`tests/cluster`).

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::tested_system::this_program;
use crate::cargo;
use crate::program;
use crate::terminal::Step;

/// What names the cluster and the images that it can pull. All are asked for: nobody's cluster is tested by chance.
const VARIABLES: [&str; 3] = ["KUBECONFIG", "REGISTRY", "TAG"];
const PROGRAMS: [(&str, &[&str]); 3] = [
    (
        "kubectl",
        &["get", "--raw", "/readyz", "--request-timeout=5s"],
    ),
    ("helm", &["version"]),
    ("bash", &["--version"]),
];

/// Whether there is a cluster to test on; the error says what is missing.
pub fn available() -> Result<()> {
    for name in VARIABLES {
        if env::var_os(name).is_none() {
            bail!("{name} is not set; tests/cluster/README.md says what the check needs");
        }
    }
    for (program, arguments) in PROGRAMS {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        let output = command
            .output()
            .with_context(|| format!("running {program}"))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!(
                "`{program} {}` failed: {}",
                arguments.join(" "),
                errors.trim()
            );
        }
    }
    Ok(())
}

/// Runs it; `rest` names items of it.
pub fn check(rest: &[String]) -> Result<()> {
    let step = Step::begin("cluster check");
    let mut check = cargo::program(&step, "cluster")?;
    step.done("");
    check.args(rest).env("ZAKAZ_XTASK", this_program()?);
    program::show("the check of the cluster", check)
}
