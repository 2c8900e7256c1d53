//! A program that runs beside the test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::spawn;
use rustix::process::Signal;
use tokio::time::sleep;

const START_LIMIT: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(50);
const LAST_LINES: usize = 20;

/// A running program. Dropping it ends it.
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it and waits until `url` answers with a success; its output goes to a file in `folder`.
    pub async fn start(
        name: &'static str,
        mut command: Command,
        folder: &Path,
        url: &str,
    ) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = spawn(command, Signal::TERM).with_context(|| format!("running {program}"))?;
        let mut process = Self { name, child, log };
        let deadline = Instant::now() + START_LIMIT;
        while ureq::get(url).call().is_err() {
            process.check()?;
            if Instant::now() > deadline {
                bail!("{name} does not get ready:\n{}", process.last_lines());
            }
            sleep(TICK).await;
        }
        Ok(process)
    }

    /// Fails when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}):\n{}", self.name, self.last_lines()),
        }
    }

    fn last_lines(&self) -> String {
        let output = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
