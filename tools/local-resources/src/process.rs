//! The processes of this machine, as the system lists them.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rustix::process::Pid;

const TICK: Duration = Duration::from_millis(15);

/// The number of a child as `rustix` takes it.
pub fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// The processes whose parent is `id`; none where neither `/proc` nor `ps` lists processes.
pub fn children_of(id: u32) -> Vec<Pid> {
    list()
        .into_iter()
        .filter(|(_, process)| process.parent == id)
        .filter_map(|(child, _)| pid(child))
        .collect()
}

/// Waits until none of these processes runs.
///
/// # Errors
/// When one still runs after `limit`; the message has its number.
pub fn wait_until_ended(processes: &[Pid], limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        let listed = list();
        let runs = |pid: &&Pid| {
            u32::try_from(pid.as_raw_nonzero().get())
                .ok()
                .and_then(|id| listed.get(&id))
                .is_some_and(|process| !process.ended)
        };
        let Some(left) = processes.iter().find(runs) else {
            return Ok(());
        };
        if Instant::now() > deadline {
            bail!("the process {} does not end", left.as_raw_nonzero());
        }
        sleep(TICK);
    }
}

/// The command line of a process: its arguments, separated by NUL or blanks. `None` when there is no such process.
pub fn command_line(pid: Pid) -> Option<String> {
    let id = pid.as_raw_nonzero().to_string();
    let line = fs::read(format!("/proc/{id}/cmdline")).ok().or_else(|| {
        // Where there is no /proc.
        let ps = Command::new("ps")
            .args(["-ww", "-o", "command=", "-p", &id])
            .output();
        Some(ps.ok()?.stdout)
    })?;
    Some(String::from_utf8_lossy(&line).into_owned())
}

struct Process {
    parent: u32,
    /// It has ended, and its parent has not asked for its status yet.
    ended: bool,
}

fn list() -> HashMap<u32, Process> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let found: HashMap<u32, Process> = folders
        .filter_map(|folder| {
            let id = folder.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(folder.path().join("stat")).ok()?;
            // The second field is the program's name in brackets, which may hold any character.
            let (_, fields) = stat.rsplit_once(')')?;
            Some((id, parse(fields.split_whitespace())?))
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
            Some((fields.next()?.parse().ok()?, parse(fields)?))
        })
        .collect()
}

/// Reads the fields state and parent.
fn parse<'a>(mut fields: impl Iterator<Item = &'a str>) -> Option<Process> {
    let ended = fields.next()?.starts_with(['Z', 'X']);
    let parent = fields.next()?.parse().ok()?;
    Some(Process { parent, ended })
}

#[cfg(test)]
mod tests {
    use std::process;

    use super::*;

    #[test]
    fn a_child_is_listed_until_it_has_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = pid(child.id()).unwrap();
        assert!(children_of(process::id()).contains(&id));
        assert!(command_line(id).unwrap().contains("60"));
        assert!(wait_until_ended(&[id], Duration::from_millis(50)).is_err());
        child.kill().unwrap();
        // It has ended, although its status was not read yet.
        wait_until_ended(&[id], Duration::from_secs(5)).unwrap();
        child.wait().unwrap();
        assert!(!children_of(process::id()).contains(&id));
    }
}
