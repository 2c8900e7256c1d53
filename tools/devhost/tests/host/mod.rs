//! A host in a process of its own, running the test component: the local host, or with `ZAKAZ_HOST=spin` the
//! `spin` of `PATH`.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test program uses a part of it"
)]

mod command;
mod output;
mod skip;

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use harness::raw_http;
use local_resources::TemporaryFolder;
use local_resources::process::{children_of, pid, wait_until_ended};
use rustix::process::{Signal, kill_process_group};

pub use harness::raw_http::RawAnswer as Answer;
pub use output::Output;
pub use skip::{is_spin, only_devhost, skipped_on_spin};

use output::PATIENCE;

/// The head of every manifest of the tests.
pub const APPLICATION: &str =
    "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1.2.3\"\n";

/// How long an ended host's own children may take to end.
const CHILDREN_END: Duration = Duration::from_secs(10);

/// A running host. Dropping it ends its processes.
pub struct Host {
    process: Child,
    /// Everything that it has printed.
    pub output: Output,
    address: String,
    _folder: TemporaryFolder,
}

impl Host {
    /// Starts a host for a manifest, in which `GUEST` stands for the test component's file.
    pub fn start(manifest: &str, arguments: &[&str]) -> Self {
        Self::start_with(manifest, arguments, &[])
    }

    pub fn start_with(manifest: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_by(command::host(), manifest, arguments, environment)
    }

    /// Starts the local host by a command that ends in running it, such as a shell's `exec "$@"`.
    pub fn start_wrapped(wrapper: &[&str], manifest: &str) -> Self {
        Self::start_by(command::wrapped(wrapper), manifest, &[], &[])
    }

    fn start_by(
        command: Command,
        manifest: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let (mut process, folder) = command::spawn(command, manifest, arguments, environment);
        let output = Output::of(&mut process);
        let serving = output.wait_for("Serving http://");
        let (_, address) = serving.rsplit_once("http://").expect("an address");
        Self {
            process,
            address: address.trim().to_owned(),
            output,
            _folder: folder,
        }
    }

    /// What the local host prints when it cannot start.
    pub fn refuse(manifest: &str, arguments: &[&str]) -> String {
        Self::refuse_with(manifest, arguments, &[])
    }

    pub fn refuse_with(manifest: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let (mut process, _folder) =
            command::spawn(command::host(), manifest, arguments, environment);
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
            "the host ended with success:\n{}",
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
        raw_http::request(&self.address, method, path, headers, body)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits for a line that only the local host prints; on Spin this check is skipped, and counted.
    #[track_caller]
    pub fn wait_for_note(&self, part: &str) -> String {
        if skipped_on_spin(&format!("the line {part:?}")) {
            return String::new();
        }
        self.output.wait_for(part)
    }

    /// Sends a signal to all processes of the host, and returns the time until they had ended.
    pub fn end(&mut self, signal: Signal) -> Duration {
        let start = Instant::now();
        let children = children_of(self.process.id());
        let group = pid(self.process.id()).expect("a process");
        kill_process_group(group, signal).expect("sending a signal");
        self.process.wait().expect("waiting for the host");
        wait_until_ended(&children, CHILDREN_END).expect("the host's children end");
        start.elapsed()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // `spin up` has a child, which would go on.
        if let Some(group) = pid(self.process.id()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the host printed:\n{}", self.output.text());
        }
    }
}
