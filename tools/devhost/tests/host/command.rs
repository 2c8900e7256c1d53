//! The command that starts a host, and the component that it runs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use local_resources::{TemporaryFolder, spawn as spawn_child};
use rustix::process::Signal;
use stack::HostKind;

const DEVHOST: &str = env!("CARGO_BIN_EXE_devhost");

/// The host that `ZAKAZ_HOST` names.
pub fn host() -> Command {
    match HostKind::from_environment().expect("ZAKAZ_HOST") {
        HostKind::Local => with_cache(Command::new(DEVHOST)),
        HostKind::Spin => {
            let mut command = Command::new("spin");
            command.arg("up");
            command
        }
    }
}

/// The local host, as the last arguments of another command.
pub fn wrapped(wrapper: &[&str]) -> Command {
    let mut command = Command::new(wrapper[0]);
    command.args(&wrapper[1..]).arg(DEVHOST);
    with_cache(command)
}

fn with_cache(mut command: Command) -> Command {
    // Components are compiled once for all tests.
    command
        .arg("--cache-dir")
        .arg(target().join("devhost-tests"));
    command
}

/// Starts the host for a manifest, in which `GUEST` stands for the test component's file.
pub fn spawn(
    mut command: Command,
    manifest: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (Child, TemporaryFolder) {
    let folder = TemporaryFolder::new().expect("making a folder");
    let file = folder.path().join("spin.toml");
    let guest = guest().to_str().expect("a path of the target folder");
    std::fs::write(&file, manifest.replace("GUEST", guest)).expect("writing the manifest");
    command
        .arg("--from")
        .arg(&file)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if !arguments.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    let process = spawn_child(command, Signal::KILL).expect("starting the host");
    (process, folder)
}

/// The test component, built once.
fn guest() -> &'static Path {
    static GUEST: OnceLock<PathBuf> = OnceLock::new();
    GUEST.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--release",
                "--target",
                "wasm32-wasip2",
                "--package",
                "devhost-guest",
            ])
            .args([
                "--manifest-path",
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            ])
            .arg("--target-dir")
            .arg(target())
            .status()
            .expect("running cargo");
        assert!(built.success(), "the test component could not be built");
        target().join("wasm32-wasip2/release/devhost_guest.wasm")
    })
}

/// The target folder that the host was built into.
fn target() -> &'static Path {
    let host = Path::new(DEVHOST);
    host.ancestors().nth(2).expect("target/debug/devhost")
}
