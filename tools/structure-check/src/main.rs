//! `cargo xtask structure`: fails on a circle of imports anywhere in a workspace, and on dead links and paths in
//! its documents. The workspace is that of the current folder, or the folder that is given.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result};
use structure_check::{circles, dead_references, describe};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("structure-check: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let folder = match env::args_os().nth(1) {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir().context("there is no current folder")?,
    };
    let folder = fs::canonicalize(&folder)
        .with_context(|| format!("there is no folder {}", folder.display()))?;
    let findings = circles(&folder)?;
    for finding in &findings {
        println!("{}", describe(finding));
    }
    let dead = dead_references(&folder)?;
    for reference in &dead {
        println!("{reference}");
    }
    println!(
        "circles of imports: {}\ndead links and paths: {}",
        findings.len(),
        dead.len()
    );
    Ok(findings.is_empty() && dead.is_empty())
}
