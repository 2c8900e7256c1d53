//! Python environments in `.local`, for programs that come from PyPI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::terminal::Step;
use stack::workspace;

const ADVICE: &str =
    "Python 3 with its venv module is needed (Debian: `apt-get install python3-venv`)";

/// Whether environments can be made; the error says what to do.
pub fn installed() -> Result<()> {
    run(
        Command::new("python3").args(["-c", "import ensurepip, venv"]),
        ADVICE,
    )
}

/// The environment `.local/<name>` with what the file `requirements` pins; made once for each state of that file.
pub fn environment(name: &str, requirements: &Path, step: Step) -> Result<PathBuf> {
    let folder = workspace::local().join(name);
    let wanted = fs::read_to_string(requirements)
        .with_context(|| format!("reading {}", requirements.display()))?;
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        step.done("installed");
        return Ok(folder);
    }
    step.note("making a Python environment");
    run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
        ADVICE,
    )?;
    step.note("installing");
    run(
        Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--no-input", "--requirement"])
            .arg(requirements),
        "its packages come from PyPI",
    )?;
    fs::write(&stamp, wanted)?;
    step.done("installed anew");
    Ok(folder)
}

fn run(command: &mut Command, advice: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("running {program}: {advice}"))?;
    if !output.status.success() {
        let (printed, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        bail!("{program} failed: {advice}\n{printed}{errors}");
    }
    Ok(())
}
