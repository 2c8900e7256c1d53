//! For systems whose kernel cannot signal a child when its parent ends (macOS): a shell does it, one for all children
//! of this process.
//!
//! It reads a line for each child from a pipe. When this process ends, the pipe closes, and the shell signals the
//! children that still run. It compares the time at which each was started, so that it never signals another process
//! that has got the same number since.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::Signal;

const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT
started() { ps -o lstart= -p "$1" 2>/dev/null | tr ' ' '_'; }
children=
while read -r signal pid; do
    children="$children $signal:$pid:$(started "$pid")"
done
for child in $children; do
    signal=${child%%:*}
    rest=${child#*:}
    pid=${rest%%:*}
    time=${rest#*:}
    if [ -n "$time" ] && [ "$(started "$pid")" = "$time" ]; then
        kill -s "$signal" "$pid"
    fi
done
"#;

/// Started with the first child; its pipe is closed by the end of this process.
#[cfg(not(target_os = "linux"))]
static SUPERVISOR: Mutex<Option<Supervisor>> = Mutex::new(None);

#[cfg(not(target_os = "linux"))]
pub fn spawn(command: Command, signal: Signal) -> io::Result<Child> {
    spawn_under(&SUPERVISOR, command, signal)
}

struct Supervisor(ChildStdin);

impl Supervisor {
    fn start() -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT]).process_group(0).current_dir("/");
        shell.stdin(Stdio::piped());
        shell.stdout(Stdio::null()).stderr(Stdio::null());
        let pipe = shell.spawn()?.stdin;
        let pipe = pipe.ok_or_else(|| io::Error::other("the supervisor has no input"))?;
        Ok(Self(pipe))
    }

    fn watch(&mut self, child: &Child, signal: Signal) -> io::Result<()> {
        writeln!(self.0, "{} {}", name(signal)?, child.id())
    }
}

fn spawn_under(
    supervisor: &Mutex<Option<Supervisor>>,
    mut command: Command,
    signal: Signal,
) -> io::Result<Child> {
    let mut supervisor = supervisor.lock().unwrap_or_else(PoisonError::into_inner);
    let supervisor = match supervisor.as_mut() {
        Some(running) => running,
        None => supervisor.insert(Supervisor::start()?),
    };
    let mut child = command.spawn()?;
    if let Err(error) = supervisor.watch(&child, signal) {
        child.kill()?;
        child.wait()?;
        return Err(error);
    }
    Ok(child)
}

/// As `kill -s` takes it.
fn name(signal: Signal) -> io::Result<&'static str> {
    let names = [
        (Signal::INT, "INT"),
        (Signal::TERM, "TERM"),
        (Signal::QUIT, "QUIT"),
        (Signal::KILL, "KILL"),
    ];
    let found = names.iter().find(|(known, _)| *known == signal);
    let unknown = || io::Error::other(format!("children are not ended by {signal:?}"));
    found.map(|(_, name)| *name).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn children_get_their_signal_when_the_pipe_closes() {
        let supervisor = Mutex::new(None);
        let start = |signal| {
            let mut command = Command::new("sleep");
            command.arg("60").process_group(0);
            spawn_under(&supervisor, command, signal).unwrap()
        };
        let mut terminated = start(Signal::TERM);
        let mut interrupted = start(Signal::INT);
        // The supervisor has to read the time of their start first.
        sleep(Duration::from_millis(500));
        let running = |child: &mut Child| child.try_wait().unwrap().is_none();
        assert!(running(&mut terminated) && running(&mut interrupted));

        drop(supervisor);
        for (child, signal) in [(&mut terminated, 15), (&mut interrupted, 2)] {
            assert_eq!(wait(child).signal(), Some(signal));
        }
    }

    fn wait(child: &mut Child) -> std::process::ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the child goes on");
            sleep(Duration::from_millis(20));
        }
    }
}
