//! Running programs to their end, unless the person asks to stop.

use std::io::Read;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use local_resources::process::pid;
use local_resources::spawn;
use rustix::process::{Signal, kill_process_group};

use crate::interrupt;

const TICK: Duration = Duration::from_millis(20);

/// The output of a running program, where it is not shown.
pub struct Output {
    pub stdout: ChildStdout,
    pub stderr: ChildStderr,
}

/// Runs a program with its output shown; `what` names it in an error.
pub fn show(what: &str, command: Command) -> Result<()> {
    let mut child = start(command)?;
    match wait(&mut child)? {
        status if status.success() => Ok(()),
        status => bail!("{what} failed ({status})"),
    }
}

/// Runs a program with its output hidden; `what` names it in an error, which shows the output.
pub fn run_quietly(what: &str, command: Command) -> Result<()> {
    match capture(command)? {
        (status, _) if status.success() => Ok(()),
        (_, printed) => bail!("{what} failed:\n\n{}", printed.trim_end()),
    }
}

/// Runs a program while `read` reads its output on another thread.
pub fn read<T: Send>(
    mut command: Command,
    read: impl FnOnce(Output) -> T + Send,
) -> Result<(ExitStatus, T)> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let output = stdout.zip(stderr).context("a program without output")?;
    let (stdout, stderr) = output;
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(Output { stdout, stderr }));
        let status = wait(&mut child)?;
        let read = reader.join();
        let read = read.map_err(|_| anyhow!("reading the output of a program failed"))?;
        Ok((status, read))
    })
}

/// Runs a program; returns what it printed to both of its streams, those to standard error last.
pub fn capture(command: Command) -> Result<(ExitStatus, String)> {
    read(command, |output| {
        let Output {
            mut stdout,
            mut stderr,
        } = output;
        thread::scope(|scope| {
            let errors = scope.spawn(move || to_string(&mut stderr));
            let printed = to_string(&mut stdout);
            printed + &errors.join().unwrap_or_default()
        })
    })
}

fn to_string(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn start(mut command: Command) -> Result<Child> {
    command.stdin(Stdio::null());
    let program = command.get_program().to_string_lossy().into_owned();
    spawn(command, Signal::TERM).with_context(|| format!("running {program}"))
}

fn wait(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(interrupted) = interrupt::check() {
            if let Some(group) = pid(child.id()) {
                kill_process_group(group, Signal::TERM).ok();
            }
            child.wait()?;
            return Err(interrupted.into());
        }
        thread::sleep(TICK);
    }
}
