//! Ports of 127.0.0.1.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A port that is free at this moment.
pub fn free() -> Result<u16> {
    let [port] = several_free()?;
    Ok(port)
}

/// Different ports that are free at this moment.
pub fn several_free<const N: usize>() -> Result<[u16; N]> {
    let bound: io::Result<Vec<TcpListener>> = (0..N)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect();
    let bound = bound.context("finding a free port")?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&bound) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// Whether `port` is free at this moment.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether a program accepts connections at `port`.
pub fn is_open(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Checks that `port` is free.
///
/// # Errors
/// When it is taken; the message names the program that has it and says what to do.
pub fn ensure_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let holder = holder(port)
                .map(|name| format!(" by `{name}`"))
                .unwrap_or_default();
            bail!(
                "port {port} is taken{holder}; stop that program, or choose another port with `--port {}`",
                port.wrapping_add(1)
            )
        }
        Err(error) => Err(error)
            .with_context(|| format!("port {port} cannot be used; choose another with `--port`")),
    }
}

/// The name of the program that listens on `port`; `None` where the system does not show it.
fn holder(port: u16) -> Option<String> {
    let listening = fs::read_to_string("/proc/net/tcp").ok()?;
    let wanted = format!(":{port:04X}");
    let inode = listening.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(1)?.ends_with(&wanted) && *fields.get(3)? == "0A")
            .then(|| fields.get(9).copied())?
    })?;
    let socket = Path::new(&format!("socket:[{inode}]")).to_owned();
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let open = fs::read_dir(process.path().join("fd")).ok()?;
        open.flatten()
            .any(|file| fs::read_link(file.path()).is_ok_and(|target| target == socket))
            .then_some(())?;
        Some(
            fs::read_to_string(process.path().join("comm"))
                .ok()?
                .trim()
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_taken_port_is_named_and_a_free_one_is_not_refused() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = ensure_free(port).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} is taken")), "{error}");
        drop(listener);
        // A process that another test starts at this moment has the socket too, until its program begins.
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && !is_free(port) {
            sleep(Duration::from_millis(10));
        }
        ensure_free(port).unwrap();
    }
}
