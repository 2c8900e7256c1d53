//! The server's processes: killing one with its sessions, and ending one that an earlier run left.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::process::{children_of, command_line, pid, wait_until_ended};
use rustix::process::{Pid, Signal, kill_process};

const TICK: Duration = Duration::from_millis(15);
const END_LIMIT: Duration = Duration::from_secs(20);

/// Kills a server with all its sessions and workers, which otherwise would go on answering for a moment, and waits until
/// all of them have ended.
///
/// # Errors
/// When one of them does not end.
pub fn kill_server(server: &mut Child) -> Result<()> {
    let id = server.id();
    if let Some(pid) = pid(id) {
        // A stopped server starts no new session between the listing and the kill.
        kill_process(pid, Signal::STOP).ok();
    }
    let sessions = children_of(id);
    for session in &sessions {
        kill_process(*session, Signal::KILL).ok();
    }
    server.kill()?;
    server.wait()?;
    wait_until_ended(&sessions, END_LIMIT)
}

/// Stops the server that a killed parent left on `data`, and removes a lock file whose process is another now.
pub(crate) fn stop_orphan(data: &Path, limit: Duration) -> Result<()> {
    let lock = data.join("postmaster.pid");
    let text = match fs::read_to_string(&lock) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read.with_context(|| format!("reading {}", lock.display()))?,
    };
    let Some(pid) = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok())
        .and_then(Pid::from_raw)
    else {
        return fs::remove_file(&lock).context("removing an empty postmaster.pid");
    };
    if !is_postgres(pid, data) {
        return fs::remove_file(&lock)
            .with_context(|| format!("removing the stale {}", lock.display()));
    }
    for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
        kill_process(pid, signal).ok();
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if !is_postgres(pid, data) {
                return Ok(());
            }
            sleep(TICK);
        }
    }
    bail!(
        "PostgreSQL from an earlier run (process {}) does not stop",
        pid.as_raw_nonzero()
    )
}

/// Whether process `pid` is a server on `data`, and not another program that got its number after a restart of the
/// machine.
fn is_postgres(pid: Pid, data: &Path) -> bool {
    command_line(pid).is_some_and(|line| line.contains(&*data.to_string_lossy()))
}
