//! The folder of a cluster that is kept: its data, log, password and port.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use local_resources::create_folder;

use crate::account::Account;
use crate::administrator::Administrator;
use crate::binaries::{self, Binaries};

/// Where clusters of root are kept when their user cannot reach the folder that was asked for.
const FALLBACK: &str = "/var/lib/zakaz";

/// The folder of a kept cluster, at a place that the server's user can reach.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
    moved: bool,
    pub(crate) account: Option<Account>,
}

impl Home {
    /// `wanted`, made when it is missing; or, when the server runs as another user who cannot get there (a clone
    /// below `/root`), a folder named after it below `/var/lib/zakaz`.
    pub fn at(wanted: &Path) -> Result<Self> {
        let account = Account::for_server()?;
        create_folder(wanted)?;
        let Some(user) = &account else {
            return Ok(Self {
                folder: wanted.to_owned(),
                moved: false,
                account,
            });
        };
        let wanted = wanted.canonicalize()?;
        if user.can_reach(&wanted) && user.own(&wanted).is_ok() {
            return Ok(Self {
                folder: wanted,
                moved: false,
                account,
            });
        }
        let folder = Path::new(FALLBACK).join(slug(&wanted));
        create_folder(Path::new(FALLBACK))?;
        create_folder(&folder)?;
        user.own(&folder)?;
        Ok(Self {
            folder,
            moved: true,
            account,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the cluster is elsewhere than it was asked for.
    pub fn moved(&self) -> bool {
        self.moved
    }

    /// Who the server runs as, when that is not the current user.
    pub fn user(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.name.as_str())
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Where a downloaded server is unpacked.
    pub fn download_folder(&self) -> PathBuf {
        self.folder.join("downloaded")
    }

    /// The server to run here: an installed one or the one in [`Self::download_folder`], of the version that made the
    /// data if there are data. `None` when there is no server at all.
    pub fn binaries(&self) -> Result<Option<Binaries>> {
        let downloaded = binaries::unpacked(&self.download_folder())?;
        Binaries::find_for(&self.data(), &downloaded)
    }

    /// How to reach the server that runs here as its administrator; `None` when no server has run here yet.
    pub fn administrator(&self) -> Result<Option<Administrator>> {
        let (password, port) = (
            fs::read_to_string(self.password_file()),
            fs::read_to_string(self.port_file()),
        );
        match (password, port) {
            (Ok(password), Ok(port)) => {
                let port = port
                    .trim()
                    .parse()
                    .with_context(|| format!("in {}", self.port_file().display()))?;
                Ok(Some(Administrator::local(password.trim(), port)))
            }
            _ => Ok(None),
        }
    }

    /// A program of the server, to be run as the server's user.
    pub fn command(&self, binaries: &Binaries, program: &str) -> Command {
        let mut command = binaries.program(program);
        command.current_dir("/").stdin(Stdio::null());
        if let Some(account) = &self.account {
            account.apply(&mut command);
        }
        command
    }

    /// Throws the data away. The downloaded server stays.
    pub fn clear(&self) -> Result<()> {
        for path in [
            self.data(),
            self.password_file(),
            self.port_file(),
            self.log(),
        ] {
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("removing {}", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The data folder of the cluster.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    pub(crate) fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }
}

/// A folder name for a path: `/root/my-zakaz` → `root-my--zakaz`.
fn slug(path: &Path) -> String {
    path.to_string_lossy()
        .trim_matches('/')
        .replace('-', "--")
        .replace('/', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_paths_have_different_slugs() {
        assert_eq!(slug(Path::new("/root/my-zakaz")), "root-my--zakaz");
        assert_ne!(slug(Path::new("/a/b")), slug(Path::new("/a-b")));
    }
}
