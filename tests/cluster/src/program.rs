//! Running programs to their end, with a limit.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;
use tokio::time::timeout;

/// How many of its last lines are shown of a program that failed, of each of its two outputs.
const LAST_LINES: usize = 30;

/// Runs a program; returns what it printed to standard output.
///
/// # Errors
/// When it fails, with the end of what it printed, or takes longer than `limit`.
pub async fn run(what: &str, mut command: Command, limit: Duration) -> Result<String> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match timeout(limit, command.output()).await {
        Ok(output) => output.with_context(|| format!("running {what}"))?,
        Err(_) => bail!("{what} did not end within {} s", limit.as_secs()),
    };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{what} failed ({}):\n{}\n{}",
            output.status,
            end_of(&printed),
            end_of(&errors)
        );
    }
    Ok(printed)
}

fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
