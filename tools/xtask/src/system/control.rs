//! How tests kill and start the parts of a running system: a line each way over a socket in the system's folder.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};

use super::running::Running;
use crate::interrupt;

/// What can be done to a system. The host and PostgreSQL keep their ports.
pub const COMMANDS: [&str; 6] = [
    "kill-host",
    "start-host",
    "kill-postgres",
    "stop-postgres",
    "start-postgres",
    "status",
];

/// Where the system of `folder` listens.
fn socket(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

/// Takes commands for the system of `folder` until this process ends.
pub fn listen(folder: &Path, running: &Arc<Mutex<Running>>) -> Result<()> {
    let path = socket(folder);
    let listener =
        UnixListener::bind(&path).with_context(|| format!("listening on {}", path.display()))?;
    let running = Arc::downgrade(running);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Some(running) = running.upgrade() else {
                return;
            };
            let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = serve(stream, &mut running);
        }
    });
    Ok(())
}

fn serve(mut stream: UnixStream, running: &mut Running) -> Result<()> {
    let mut request = String::new();
    BufReader::new(&stream).read_line(&mut request)?;
    let answer = match execute(request.trim_end(), running) {
        Ok(answer) => format!("ok {answer}"),
        Err(error) => format!("failed {error:#}").replace('\n', " "),
    };
    writeln!(stream, "{answer}")?;
    Ok(())
}

fn execute(request: &str, running: &mut Running) -> Result<String> {
    let (command, variables) = request.split_once('\t').unwrap_or((request, ""));
    let postgres = running
        .database
        .server()
        .context("this PostgreSQL is not the system's own");
    match command {
        "kill-host" => running.host.kill()?,
        "start-host" => running
            .host
            .start(&changes(variables)?, || Ok(interrupt::check()?))?,
        "kill-postgres" => postgres?.kill()?,
        "stop-postgres" => postgres?.stop()?,
        "start-postgres" => postgres?.start()?,
        "status" => {
            let state = |running| if running { "running" } else { "stopped" };
            let postgres = postgres.map_or("elsewhere", |server| state(server.running()));
            return Ok(format!(
                "host {}, postgres {postgres}",
                state(running.host.running())
            ));
        }
        _ => bail!(
            "there is no command `{command}`; there are {}",
            COMMANDS.join(", ")
        ),
    }
    Ok(String::new())
}

/// `name=value`, separated by tabs.
fn changes(text: &str) -> Result<Vec<(String, String)>> {
    let parts = text.split('\t').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part
                .split_once('=')
                .with_context(|| format!("`{part}` is not of the form name=value"))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Sends a command to the system of `folder`, and waits until it is done.
pub fn send(folder: &Path, command: &str, variables: &[String]) -> Result<()> {
    let path = socket(folder);
    let mut stream = UnixStream::connect(&path).with_context(|| {
        format!(
            "no system listens in {}; `cargo xtask test` runs one",
            folder.display()
        )
    })?;
    let mut request = command.to_owned();
    for variable in variables {
        request.push('\t');
        request.push_str(variable);
    }
    writeln!(stream, "{request}")?;
    let mut answer = String::new();
    BufReader::new(stream)
        .read_line(&mut answer)
        .context("the system has ended")?;
    match answer
        .trim_end()
        .split_once(' ')
        .unwrap_or((answer.trim_end(), ""))
    {
        ("ok", text) => {
            if !text.is_empty() {
                println!("{text}");
            }
            Ok(())
        }
        (_, reason) => bail!("`{command}` failed: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_variables_are_read_with_any_value() {
        let read = changes("saga_lease_ms=50\tcurrency=a=b c").unwrap();
        assert_eq!(
            read,
            [
                ("saga_lease_ms".into(), "50".into()),
                ("currency".into(), "a=b c".into())
            ]
        );
        assert!(changes("").unwrap().is_empty());
        assert!(changes("nonsense").is_err());
    }
}
