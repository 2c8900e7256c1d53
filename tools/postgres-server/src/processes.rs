//! A server's processes as the system sees them.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};

const TICK: Duration = Duration::from_millis(15);

pub(crate) fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// Kills the server `id` with every session and worker of it, which otherwise would answer on for a moment. Gives
/// those that it killed beside the server.
pub(crate) fn kill(id: u32) -> Vec<Pid> {
    let Some(server) = pid(id) else {
        return Vec::new();
    };
    // A stopped server makes no new sessions between the look and the kill.
    kill_process(server, Signal::STOP).ok();
    let sessions: Vec<Pid> = all()
        .into_iter()
        .filter(|(_, process)| process.parent == id)
        .filter_map(|(child, _)| pid(child))
        .collect();
    for process in sessions.iter().chain([&server]) {
        kill_process(*process, Signal::KILL).ok();
    }
    sessions
}

/// Waits until none of `killed` runs.
pub(crate) fn wait_until_gone(killed: &[Pid], patience: Duration) -> Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        let now = all();
        let runs = |pid: &&Pid| {
            u32::try_from(pid.as_raw_nonzero().get())
                .ok()
                .and_then(|id| now.get(&id))
                .is_some_and(|process| !process.ended)
        };
        let Some(left) = killed.iter().find(runs) else {
            return Ok(());
        };
        if Instant::now() > deadline {
            bail!(
                "a session of PostgreSQL (process {}) does not end",
                left.as_raw_nonzero()
            );
        }
        sleep(TICK);
    }
}

struct Process {
    parent: u32,
    /// It has ended, and nobody has asked how.
    ended: bool,
}

/// Every process of the machine; none, where neither `/proc` nor `ps` tells.
fn all() -> HashMap<u32, Process> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let found: HashMap<u32, Process> = folders
        .filter_map(|folder| {
            let id = folder.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(folder.path().join("stat")).ok()?;
            // The second field is the program's name in brackets, which may hold any character.
            let (_, fields) = stat.rsplit_once(')')?;
            Some((id, process(fields.split_whitespace())?))
        })
        .collect();
    if !found.is_empty() {
        return found;
    }
    let listed = Command::new("ps")
        .args(["-A", "-o", "pid=,stat=,ppid="])
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    String::from_utf8_lossy(&listed)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            Some((fields.next()?.parse().ok()?, process(fields)?))
        })
        .collect()
}

/// Read from the fields state and parent.
fn process<'a>(mut fields: impl Iterator<Item = &'a str>) -> Option<Process> {
    let ended = fields.next()?.starts_with(['Z', 'X']);
    let parent = fields.next()?.parse().ok()?;
    Some(Process { parent, ended })
}

/// Stops the server that a killed parent left on these data, and removes a lock file whose process is another now.
pub(crate) fn stop_orphan(data: &Path, patience: Duration) -> Result<()> {
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
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !is_postgres(pid, data) {
                return Ok(());
            }
            sleep(TICK);
        }
    }
    Err(anyhow!(
        "PostgreSQL from an earlier run (process {}) does not stop",
        pid.as_raw_nonzero()
    ))
}

/// Whether process `pid` is a server on `data`, and no stranger who got its number after a restart of the machine.
fn is_postgres(pid: Pid, data: &Path) -> bool {
    let id = pid.as_raw_nonzero().to_string();
    let line = fs::read(format!("/proc/{id}/cmdline")).ok().or_else(|| {
        // Where there is no /proc.
        Some(
            Command::new("ps")
                .args(["-ww", "-o", "command=", "-p", &id])
                .output()
                .ok()?
                .stdout,
        )
    });
    line.is_some_and(|line| String::from_utf8_lossy(&line).contains(&*data.to_string_lossy()))
}
