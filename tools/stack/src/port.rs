use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A port of 127.0.0.1 that nobody has at this moment.
pub fn free() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("finding a free port")?;
    Ok(listener.local_addr()?.port())
}

/// Fails, and says who and what to do, when `port` of 127.0.0.1 is taken.
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

/// The name of the program that listens on `port`, where the system lets us know.
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
    use super::*;

    #[test]
    fn a_taken_port_is_named_and_a_free_one_is_not_refused() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = ensure_free(port).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} is taken")), "{error}");
        drop(listener);
        ensure_free(port).unwrap();
    }
}
