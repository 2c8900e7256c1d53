//! A host in a process of its own, running the test component.

#![allow(dead_code, reason = "each test program uses a part of it")]

mod answer;
mod output;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub use answer::Answer;
pub use output::Output;

/// How long anything may take that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The head of every manifest of the tests.
pub const APPLICATION: &str =
    "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1.2.3\"\n";

/// A running host. Dropping it ends the process.
pub struct Host {
    process: Child,
    /// Everything that it has printed.
    pub output: Output,
    address: String,
    _folder: Folder,
}

impl Host {
    /// Starts a host for a manifest, in which `GUEST` stands for the test component's file.
    pub fn start(manifest: &str, arguments: &[&str]) -> Self {
        Self::start_with(manifest, arguments, &[])
    }

    pub fn start_with(manifest: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let (mut process, folder) = spawn(manifest, arguments, environment);
        let output = Output::of(&mut process);
        let serving = output.wait_for("Serving http://");
        let address = serving.trim_start_matches("Serving http://").to_owned();
        Self {
            process,
            output,
            address,
            _folder: folder,
        }
    }

    /// What a host prints that cannot start.
    pub fn refuse(manifest: &str, arguments: &[&str]) -> String {
        Self::refuse_with(manifest, arguments, &[])
    }

    pub fn refuse_with(manifest: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let (mut process, _folder) = spawn(manifest, arguments, environment);
        let output = Output::of(&mut process);
        let start = Instant::now();
        let status = loop {
            if let Some(status) = process.try_wait().expect("waiting for the host") {
                break status;
            }
            if start.elapsed() > PATIENCE || output.text().contains("Serving") {
                process.kill().expect("ending the host");
                panic!("the host started:\n{}", output.text());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(
            !status.success(),
            "the host ended as if all were well:\n{}",
            output.text()
        );
        output.finished()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[], body)
    }

    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        answer::request(&self.address, method, path, headers, body)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal and gives the time until the process was gone.
    pub fn end(&mut self, signal: &str) -> Duration {
        let start = Instant::now();
        let kill = Command::new("kill")
            .args([signal, &self.id().to_string()])
            .status()
            .expect("kill");
        assert!(kill.success());
        self.process.wait().expect("waiting for the host");
        start.elapsed()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the host printed:\n{}", self.output.text());
        }
    }
}

fn spawn(manifest: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (Child, Folder) {
    let folder = Folder::new();
    let file = folder.0.join("spin.toml");
    let manifest = manifest.replace(
        "GUEST",
        guest().to_str().expect("a path of the target folder"),
    );
    std::fs::write(&file, manifest).expect("writing the manifest");
    let process = Command::new(env!("CARGO_BIN_EXE_devhost"))
        .args(["--listen", "127.0.0.1:0", "--from"])
        .arg(&file)
        // Compiled once for all tests.
        .args([
            "--cache-dir".as_ref(),
            target().join("devhost-tests").as_os_str(),
        ])
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starting the host");
    (process, folder)
}

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("devhost-test-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).expect("making a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
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
    let host = Path::new(env!("CARGO_BIN_EXE_devhost"));
    host.ancestors().nth(2).expect("target/debug/devhost")
}
