//! Creates a cluster's data folder.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use local_resources::{create_folder, random_hex};

use crate::administrator::SUPERUSER;
use crate::binaries::Binaries;
use crate::home::Home;

/// Upper and lower case of Cyrillic need a UTF-8 locale, whose name differs between systems.
const LOCALES: &[&str] = &["C.UTF-8", "en_US.UTF-8", "C"];

/// Creates the cluster of `home` unless it exists, and returns its administrator's password.
pub(crate) fn make(home: &Home, binaries: &Binaries) -> Result<String> {
    let password_file = home.password_file();
    let complete =
        home.data().join("PG_VERSION").exists() && home.data().join("postgresql.conf").exists();
    if complete && password_file.exists() {
        let password = fs::read_to_string(&password_file)
            .with_context(|| format!("reading {}", password_file.display()))?;
        return Ok(password.trim().to_owned());
    }
    home.clear()?;
    let password = random_hex(16)?;
    write_secret(&password_file, &password)?;
    if let Some(account) = &home.account {
        account.own(&password_file)?;
    }
    // Created under another name and renamed when complete, so that an interrupted creation is repeated.
    let unfinished = home.folder().join("data.unfinished");
    let mut failure = String::new();
    for locale in LOCALES {
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)
                .with_context(|| format!("removing {}", unfinished.display()))?;
        }
        match initdb(home, binaries, &unfinished, locale)? {
            Ok(()) => {
                fs::rename(&unfinished, home.data())?;
                return Ok(password);
            }
            Err(output) if output.contains("locale") => failure = output,
            Err(output) => bail!("initdb failed in {}:\n{output}", home.folder().display()),
        }
    }
    bail!("initdb failed in {}:\n{failure}", home.folder().display())
}

/// The outer error: it could not be run; the inner one: what it printed when it failed.
fn initdb(
    home: &Home,
    binaries: &Binaries,
    data: &Path,
    locale: &str,
) -> Result<Result<(), String>> {
    create_folder(data)?;
    fs::set_permissions(data, Permissions::from_mode(0o700))?;
    let mut command = home.command(binaries, "initdb");
    command
        .args([
            "--username",
            SUPERUSER,
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--no-sync",
            "--no-instructions",
        ])
        .args([
            "--lc-collate",
            "C",
            "--lc-messages",
            "C",
            "--lc-ctype",
            locale,
        ])
        .arg("--locale=C")
        .arg("--pwfile")
        .arg(home.password_file())
        .arg("--pgdata")
        .arg(data);
    if let Some(account) = &home.account {
        account.own(data)?;
    }
    let output = command
        .output()
        .with_context(|| format!("running {}", binaries.folder().join("initdb").display()))?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}

fn write_secret(path: &Path, secret: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(secret.as_bytes()))
        .with_context(|| format!("writing {}", path.display()))
}
