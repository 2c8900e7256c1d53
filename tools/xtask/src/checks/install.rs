//! Installing programs by the system's package manager. None of them is left running as a service.

use std::env;
use std::io::{IsTerminal, stdin};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::terminal::line;

/// The packages of a program.
#[derive(Clone, Copy)]
pub struct Packages {
    pub apt: &'static [&'static str],
    pub brew: &'static [&'static str],
}

pub enum PackageManager {
    Apt,
    Brew,
}

/// Run as root, with the packages as arguments. The tests start servers of their own, so no package may start one: not
/// now (`policy-rc.d`), not at the next boot (`disable`), and PostgreSQL's makes no cluster. Settings that are there
/// already stay.
const APT_SCRIPT: &str = r#"
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
clean_up() {
    [ -z "$own_policy" ] || rm -f "$policy"
    if [ -n "$own_clusters" ]; then
        if [ -e "$clusters.dpkg-dist" ]; then mv "$clusters.dpkg-dist" "$clusters"; else rm -f "$clusters"; fi
    fi
}
trap clean_up EXIT
if [ ! -e "$policy" ]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
if [ ! -e "$clusters" ]; then
    own_clusters=1
    mkdir -p "${clusters%/*}"
    echo 'create_main_cluster = false' >"$clusters"
fi
apt-get update -qq -o DPkg::Lock::Timeout=120
apt-get install -qq --yes --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$@"
for package; do
    case "$package" in
    rabbitmq-server | prometheus) systemctl disable --quiet "$package" 2>/dev/null || true ;;
    esac
done
"#;

impl PackageManager {
    /// The one of this machine; `None` when it has none that this program knows.
    pub fn find() -> Option<Self> {
        if is_in_path("apt-get") {
            Some(Self::Apt)
        } else if is_in_path("brew") {
            Some(Self::Brew)
        } else {
            None
        }
    }

    /// Says what it installs, and installs it.
    pub fn install<'a>(&self, packages: impl Iterator<Item = &'a Packages>) -> Result<()> {
        let names: Vec<&str> = packages
            .flat_map(|packages| match self {
                Self::Apt => packages.apt,
                Self::Brew => packages.brew,
            })
            .copied()
            .collect();
        let (mut command, how) = match self {
            Self::Apt => apt(&names)?,
            Self::Brew => {
                let mut brew = Command::new("brew");
                brew.arg("install").args(&names);
                (brew, "brew")
            }
        };
        line(&format!(
            "installing by {how}: {} (`--no-install` only says what is missing)\n",
            names.join(" ")
        ));
        let status = command
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("running {how}"))?;
        if !status.success() {
            bail!("installing {} by {how} failed ({status})", names.join(", "));
        }
        line("");
        Ok(())
    }
}

fn apt(names: &[&str]) -> Result<(Command, &'static str)> {
    let script = ["sh", "-c", APT_SCRIPT, "apt"];
    let root = rustix::process::geteuid().is_root();
    let (mut command, how) = if root {
        (Command::new("env"), "apt-get")
    } else if is_in_path("sudo") {
        let mut sudo = Command::new("sudo");
        // Nobody could type a password.
        if !stdin().is_terminal() {
            sudo.arg("-n");
        }
        (sudo, "sudo apt-get")
    } else {
        bail!(
            "there is no sudo; as root: apt-get install {}",
            names.join(" ")
        );
    };
    command.args(script).args(names);
    Ok((command, how))
}

fn is_in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| Path::is_file(&folder.join(program)))
}
