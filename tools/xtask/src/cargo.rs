//! Running cargo, with its progress shown as a step's.

use std::env;
use std::io::{BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use local_resources::spawn;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::interrupt;
use crate::terminal::{Step, colours};
use stack::workspace;

const TICK: Duration = Duration::from_millis(20);

/// Runs cargo under `step`, which shows how far it is. What cargo says is printed only when it fails.
pub fn run(step: &Step, arguments: &[&str]) -> Result<()> {
    let mut command = command(arguments);
    // Two settings make cargo report its progress into a pipe as it does on a terminal.
    command
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "200");
    command.env(
        "CARGO_TERM_COLOR",
        if colours() { "always" } else { "never" },
    );
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = spawn(command, Signal::TERM).context("running cargo")?;
    let stderr = child.stderr.take().context("cargo has no output")?;
    let said = thread::scope(|scope| {
        let reader = scope.spawn(move || follow(BufReader::new(stderr), step));
        let status = wait(&mut child)?;
        let said = reader.join().unwrap_or_default();
        anyhow::Ok((status, said))
    })?;
    match said {
        (status, _) if status.success() => Ok(()),
        (_, said) => bail!(
            "`cargo {}` failed:\n\n{}",
            arguments.join(" "),
            said.trim_end()
        ),
    }
}

/// Runs cargo with its output as it is.
pub fn show(what: &str, arguments: &[&str]) -> Result<()> {
    show_with(what, arguments, &[])
}

/// As [`show`], with more variables in the environment.
pub fn show_with(what: &str, arguments: &[&str], environment: &[(String, String)]) -> Result<()> {
    let mut command = command(arguments);
    command.envs(environment.iter().cloned());
    run_to_end(what, command)
}

/// Runs a program to its end, its output as it is; stops it when the person asks to.
pub fn run_to_end(what: &str, mut command: Command) -> Result<()> {
    command.stdin(Stdio::null());
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = spawn(command, Signal::TERM).with_context(|| format!("running {program}"))?;
    match wait(&mut child)? {
        status if status.success() => Ok(()),
        status => bail!("{what} failed ({status})"),
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .current_dir(workspace::root())
        .stdin(Stdio::null());
    // `cargo run` describes this package to its program; that is not the next cargo's business.
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

fn wait(child: &mut std::process::Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(interrupted) = interrupt::check() {
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                kill_process_group(group, Signal::TERM).ok();
            }
            child.wait()?;
            return Err(interrupted.into());
        }
        thread::sleep(TICK);
    }
}

/// Reads what cargo says to its end; returns what is worth showing when it fails.
fn follow(mut output: impl Read, step: &Step) -> String {
    let (mut said, mut rest, mut chunk) = (String::new(), Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = output.read(&mut chunk) {
        for byte in &chunk[..length] {
            if matches!(byte, b'\n' | b'\r') {
                let line = String::from_utf8_lossy(&rest).into_owned();
                rest.clear();
                match Said::of(&line) {
                    Said::Progress {
                        done,
                        total,
                        current,
                    } => {
                        step.progress(done, total);
                        step.note(&current);
                    }
                    Said::Status(text) => step.note(&text),
                    Said::Other => {
                        said.push_str(&line);
                        said.push('\n');
                    }
                }
            } else {
                rest.push(*byte);
            }
        }
    }
    said
}

/// A line of cargo's.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Progress {
        done: u64,
        total: u64,
        current: String,
    },
    /// Something that happens; of no interest later.
    Status(String),
    /// A warning, an error, or part of one.
    Other,
}

impl Said {
    fn of(line: &str) -> Self {
        let plain = without_escapes(line);
        let text = plain.trim();
        if text.is_empty() && plain.len() < line.len() {
            return Self::Status(String::new());
        }
        let Some((verb, rest)) = text.split_once(' ') else {
            return Self::Other;
        };
        if verb == "Building"
            && let Some((count, current)) = rest
                .split_once("] ")
                .map(|(_, tail)| tail.split_once(": ").unwrap_or((tail, "")))
            && let Some((done, total)) = count.trim_end_matches(':').split_once('/')
            && let (Ok(done), Ok(total)) = (done.parse(), total.parse())
        {
            let current = current
                .split(',')
                .next()
                .unwrap_or_default()
                .trim_end_matches("...")
                .trim()
                .to_owned();
            return Self::Progress {
                done,
                total,
                current,
            };
        }
        match verb {
            "Blocking" => Self::Status("another cargo is at work, waiting for it".to_owned()),
            "Compiling" | "Checking" | "Fresh" | "Finished" | "Building" | "Running" => {
                Self::Status(String::new())
            }
            "Updating" | "Downloading" | "Downloaded" | "Locking" | "Adding" | "Fetch" => {
                Self::Status(text.to_owned())
            }
            _ => Self::Other,
        }
    }
}

fn without_escapes(line: &str) -> String {
    let (mut plain, mut escaped) = (String::new(), false);
    for character in line.chars() {
        match character {
            '\x1b' => escaped = true,
            _ if escaped => escaped = !character.is_ascii_alphabetic(),
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_as_cargo_draws_it() {
        let line = "\x1b[1m\x1b[36m    Building\x1b[0m [=====>      ] 12/345: wasmtime, ring(build.rs)...\x1b[K";
        let expected = Said::Progress {
            done: 12,
            total: 345,
            current: "wasmtime".into(),
        };
        assert_eq!(Said::of(line), expected);
        let bare = Said::Progress {
            done: 3,
            total: 3,
            current: String::new(),
        };
        assert_eq!(Said::of("    Building [===========>] 3/3"), bare);
    }

    #[test]
    fn only_warnings_and_errors_are_kept() {
        assert_eq!(
            Said::of("   Compiling zstd-sys v2.1.3"),
            Said::Status(String::new())
        );
        assert_eq!(Said::of("error[E0308]: mismatched types"), Said::Other);
        assert_eq!(Said::of("   |     ^^^^ expected `u8`"), Said::Other);
        assert!(matches!(
            Said::of("    Blocking waiting for file lock on build directory"),
            Said::Status(_)
        ));
    }
}
