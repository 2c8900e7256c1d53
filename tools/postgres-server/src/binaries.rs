//! Where a PostgreSQL server is installed.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::account::Account;

/// The oldest PostgreSQL that the migrations are written for.
pub const OLDEST_MAJOR: u32 = 15;

/// The variable that names the folder of a server's programs, where it is in none of the usual places.
pub const BINARIES_VARIABLE: &str = "ZAKAZ_POSTGRES_BIN";

/// Folders that hold one folder a version, `<here>/<version>/bin`; `*` is any text.
const VERSIONED: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/usr/local", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@"),
    ("/Applications/Postgres.app/Contents/Versions", ""),
];

/// The programs of one installed PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    version: String,
    major: u32,
}

impl Binaries {
    /// The newest installed server, of version [`OLDEST_MAJOR`] or later. `None` when there is none that the server's
    /// user may run.
    pub fn find() -> Result<Option<Self>> {
        Ok(Self::all()?.into_iter().max_by_key(|found| found.major))
    }

    /// As [`Self::find`], but the version that `data`, a data folder, was made by, if it was made already.
    pub(crate) fn find_for(data: &Path, more: &[Self]) -> Result<Option<Self>> {
        let Ok(made_by) = fs::read_to_string(data.join("PG_VERSION")) else {
            return Ok(
                Self::find()?.or_else(|| more.iter().max_by_key(|found| found.major).cloned())
            );
        };
        let made_by = made_by.trim();
        let mut all = Self::all()?;
        all.extend_from_slice(more);
        if all.is_empty() {
            return Ok(None);
        }
        match all.iter().find(|found| found.major.to_string() == made_by) {
            Some(found) => Ok(Some(found.clone())),
            None => bail!(
                "the data in {} are of PostgreSQL {made_by}, but here is only {}; \
                 install version {made_by}, or start afresh with `--fresh`",
                data.display(),
                all.iter()
                    .map(|found| found.version.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        }
    }

    /// The server in `folder`, the one that holds `postgres` and `initdb`; `None` when it is not there, too old, or
    /// does not run.
    pub fn in_folder(folder: &Path) -> Option<Self> {
        // Links to a few of the programs may stand elsewhere, such as in /usr/local/bin; all of them are where these lead.
        let initdb = fs::canonicalize(folder.join("initdb")).ok()?;
        let folder = initdb.parent()?;
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let version = parse_version(&String::from_utf8(output.stdout).ok()?)?;
        let major = version
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()?;
        (major >= OLDEST_MAJOR).then(|| Self {
            folder: folder.to_owned(),
            version,
            major,
        })
    }

    /// The version as the server prints it, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join(name))
    }

    fn all() -> Result<Vec<Self>> {
        let account = Account::for_server()?;
        Ok(candidates()
            .into_iter()
            .filter(|folder| {
                account
                    .as_ref()
                    .is_none_or(|account| account.can_reach(folder))
            })
            .filter_map(|folder| Self::in_folder(&folder))
            .collect())
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [BINARIES_VARIABLE, "PATH"]
        .iter()
        .filter_map(env::var_os)
        .flat_map(|folders| env::split_paths(&folders).collect::<Vec<_>>())
        .collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output()
        && let Ok(folder) = String::from_utf8(output.stdout)
    {
        folders.push(folder.trim().into());
    }
    for (parent, prefix) in VERSIONED {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    let mut seen = BTreeSet::new();
    folders.retain(|folder| folder.join("postgres").is_file());
    folders
        .into_iter()
        .filter_map(|folder| folder.canonicalize().ok())
        .filter(|folder| seen.insert(folder.clone()))
        .collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → `15.18`
fn parse_version(line: &str) -> Option<String> {
    line.split_once("(PostgreSQL) ")?
        .1
        .split_whitespace()
        .next()
        .map(str::to_owned)
}

/// The servers that were unpacked somewhere below `folder`.
pub(crate) fn unpacked(folder: &Path) -> Result<Vec<Binaries>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folder
        .is_dir()
        .then(|| folder.to_owned())
        .into_iter()
        .collect();
    while let Some(folder) = folders.pop() {
        found.extend(Binaries::in_folder(&folder));
        for entry in
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_print_them() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_version(debian).as_deref(), Some("15.18"));
        assert_eq!(
            parse_version("postgres (PostgreSQL) 18beta1\n").as_deref(),
            Some("18beta1")
        );
        assert_eq!(parse_version("initdb: error\n"), None);
    }
}
