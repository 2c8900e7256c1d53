//! Programs that have to be there.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::program;

/// A program, how it is asked whether it works, and where it comes from.
pub type Needed = (&'static str, &'static [&'static str], &'static str);

pub const ALWAYS: [Needed; 3] = [
    (
        "kubectl",
        &["version", "--client"],
        "https://kubernetes.io/docs/tasks/tools/",
    ),
    ("helm", &["version"], "https://helm.sh/docs/intro/install/"),
    ("bash", &["--version"], "the system's packages"),
];

/// Fails when one is missing, with where to find all that are.
pub fn ensure(programs: &[Needed]) -> Result<()> {
    let mut missing = Vec::new();
    for (name, arguments, source) in programs {
        let mut command = Command::new(name);
        command
            .args(*arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => {}
            Ok(_) => missing.push(format!("`{name} {}` fails ({source})", arguments.join(" "))),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                missing.push(format!("there is no {name} ({source})"))
            }
            Err(error) => return Err(error).with_context(|| format!("running {name}")),
        }
    }
    if !missing.is_empty() {
        bail!("{}", missing.join("; "));
    }
    Ok(())
}

/// Runs a program; returns what it printed.
///
/// # Errors
/// When it fails, with all that it printed.
pub fn output(mut command: Command, arguments: &[&str]) -> Result<String> {
    command.args(arguments);
    let name = command.get_program().to_string_lossy().into_owned();
    let (status, printed) = program::capture(command)?;
    if !status.success() {
        bail!(
            "`{name} {}` failed:\n{}",
            arguments.join(" "),
            printed.trim_end()
        );
    }
    Ok(printed)
}
