//! Building what runs: the components and their host.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cargo;
use crate::memory;
use crate::terminal::Step;
use stack::{HostKind, SERVICES, workspace};

pub const WASM_TARGET: &str = "wasm32-wasip2";

/// What the link of one component may need with `lto = "fat"`, in bytes; 0.6 GB were measured. All five at the same
/// time, beside everything else, would be too much for a small laptop.
const LINK_MEMORY: u64 = 1 << 30;

/// Adds the WebAssembly target to the toolchain when it is missing.
pub fn wasm_target() -> Result<()> {
    let step = Step::begin("wasm target");
    if !has_target()? {
        step.note(&format!("rustup target add {WASM_TARGET}"));
        let added = Command::new("rustup")
            .args(["target", "add", WASM_TARGET])
            .current_dir(workspace::root())
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("this Rust has no target {WASM_TARGET}, and there is no rustup to add it; install Rust from https://rustup.rs"))?;
        if !added.status.success() || !has_target()? {
            bail!(
                "`rustup target add {WASM_TARGET}` failed:\n{}",
                String::from_utf8_lossy(&added.stderr).trim()
            );
        }
    }
    step.done(WASM_TARGET);
    Ok(())
}

fn has_target() -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .current_dir(workspace::root())
        .output()
        .context("running rustc; install Rust from https://rustup.rs")?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success()
        && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()))
}

/// Builds everything that runs on a host of this kind.
pub fn all(kind: HostKind) -> Result<()> {
    wasm_target()?;
    components()?;
    match kind {
        HostKind::Local => host(),
        HostKind::Spin => Ok(()),
    }
}

/// Builds the five components.
pub fn components() -> Result<()> {
    let step = Step::begin("components");
    let jobs = memory::parallel_jobs(LINK_MEMORY).to_string();
    let mut arguments = vec![
        "build",
        "--release",
        "--target",
        WASM_TARGET,
        "--jobs",
        &jobs,
    ];
    for service in SERVICES {
        arguments.extend(["--package", service]);
    }
    cargo::compile(&step, &arguments)?;
    let folder = workspace::components();
    let size: u64 = SERVICES
        .iter()
        .filter_map(|service| fs::metadata(folder.join(format!("{service}.wasm"))).ok())
        .map(|meta| meta.len())
        .sum();
    let megabytes = format!("{}.{}", size / 1_000_000, size / 100_000 % 10);
    step.done(&format!(
        "{} components, {megabytes} MB together",
        SERVICES.len()
    ));
    Ok(())
}

/// The packages of Debian and Ubuntu that have OpenSSL's headers.
pub const OPENSSL_PACKAGES: &[&str] = &["libssl-dev", "pkg-config"];

/// Whether OpenSSL's headers are installed, which the local host's build needs on Linux: like Spin, it speaks TLS to
/// PostgreSQL by OpenSSL there.
///
/// # Errors
/// When they are missing.
pub fn openssl_headers() -> Result<()> {
    if !cfg!(target_os = "linux") || env::var_os("OPENSSL_DIR").is_some() {
        return Ok(());
    }
    let found = Command::new("pkg-config")
        .args(["--exists", "openssl"])
        .stdin(Stdio::null())
        .status();
    match found {
        Ok(status) if status.success() => Ok(()),
        _ => bail!(
            "OpenSSL's headers are missing; Debian and Ubuntu: apt-get install {}",
            OPENSSL_PACKAGES.join(" ")
        ),
    }
}

/// Builds the local host.
pub fn host() -> Result<()> {
    let step = Step::begin("host");
    openssl_headers()?;
    cargo::program(&step, "devhost")?;
    step.done("devhost");
    Ok(())
}
