//! Where RabbitMQ's programs are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Debian's own; what it has in `/usr/sbin` insists on its own user and folders.
const DEBIAN: &str = "/usr/lib/rabbitmq/bin";

/// The program that starts a server.
pub fn server() -> Result<PathBuf> {
    let folders = [PathBuf::from(DEBIAN)].into_iter().chain(search_path());
    find("rabbitmq-server", folders).context(
        "no RabbitMQ server is installed here; install one (Debian: `apt-get install rabbitmq-server`, \
         macOS: `brew install rabbitmq`)",
    )
}

/// The program that controls a server.
pub fn control() -> Result<PathBuf> {
    let folders = [PathBuf::from(DEBIAN)].into_iter().chain(search_path());
    find("rabbitmqctl", folders).context("there is no `rabbitmqctl`, which comes with RabbitMQ")
}

/// Erlang's register of nodes.
pub fn register() -> Result<PathBuf> {
    find("epmd", search_path()).context("there is no `epmd`, which comes with Erlang, in PATH")
}

fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

fn find(name: &str, mut folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    folders.find_map(|folder| Some(folder.join(name)).filter(|path| Path::is_file(path)))
}
