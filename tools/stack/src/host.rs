//! The process that serves the components.

use std::collections::VecDeque;
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use local_resources::process::pid;
use local_resources::{port, spawn};
use rustix::process::{Signal, kill_process_group};

use crate::environment::{Environment, process_name};
use crate::{health, manifest, workspace};

const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(20);
const REMEMBERED_LINES: usize = 30;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostKind {
    /// `devhost` of this repository.
    #[default]
    Local,
    /// `spin up` of the Spin CLI, from `PATH`.
    Spin,
}

impl HostKind {
    /// The variable that chooses the host of the tests.
    pub const VARIABLE: &str = "ZAKAZ_HOST";

    /// The host that `ZAKAZ_HOST` names: `devhost`, also when it is not set, or `spin`.
    ///
    /// # Errors
    /// When it names neither.
    pub fn from_environment() -> Result<Self> {
        match env::var(Self::VARIABLE).as_deref() {
            Err(_) | Ok("" | "devhost") => Ok(Self::Local),
            Ok("spin") => Ok(Self::Spin),
            Ok(other) => bail!(
                "{} is `{other}`; it can be `devhost` or `spin`",
                Self::VARIABLE
            ),
        }
    }

    /// As `ZAKAZ_HOST` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "devhost",
            Self::Spin => "spin",
        }
    }
}

/// A host, running or stopped. It keeps its port. Dropping it stops it, with all processes that it started.
pub struct Host {
    kind: HostKind,
    port: u16,
    environment: Environment,
    /// Environment variables that are not of `spin.toml`.
    process: Vec<(String, String)>,
    log: PathBuf,
    output: Arc<Output>,
    child: Option<Child>,
}

/// What the host printed.
#[derive(Default)]
struct Output {
    last: Mutex<VecDeque<String>>,
    shown: OnceLock<fn(&str)>,
}

impl Host {
    /// A host that is not running yet. It gets the variables of `environment`; what it prints is appended to
    /// the file `log`.
    pub fn new(kind: HostKind, port: u16, environment: Environment, log: PathBuf) -> Self {
        Self {
            kind,
            port,
            environment,
            process: Vec::new(),
            log,
            output: Arc::default(),
            child: None,
        }
    }

    /// Gives the process these environment variables as well, such as `OTEL_*`.
    pub fn with_process_variables(mut self, variables: &[(String, String)]) -> Self {
        self.process.extend_from_slice(variables);
        self
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on, every line that the host prints is given to `show` too.
    pub fn show_output(&self, show: fn(&str)) {
        self.output.shown.get_or_init(|| show);
    }

    /// Starts the host and waits until it serves. `changes` are variables that differ this time, by their
    /// names in `spin.toml`, and options of the local host as `host.<option>`; `check` is called while it waits, and an error of it ends the wait. Does nothing
    /// when the host is running.
    ///
    /// # Errors
    /// When it cannot be started or ends at once, with its last lines.
    pub fn start(
        &mut self,
        changes: &[(String, String)],
        check: impl Fn() -> Result<()>,
    ) -> Result<()> {
        if self.running() {
            return Ok(());
        }
        port::ensure_free(self.port)?;
        let manifest = manifest::beside(&self.log)?;
        let mut command = self.command(&manifest);
        command.current_dir(workspace::root());
        command.envs(self.environment.process_variables());
        command.envs(self.process.iter().cloned());
        for (name, value) in changes {
            match name.strip_prefix("host.") {
                Some(option) => {
                    ensure!(
                        self.kind == HostKind::Local,
                        "only devhost has the option --{option}"
                    );
                    command.arg(format!("--{option}={value}"));
                }
                None => {
                    command.env(process_name(name), value);
                }
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child =
            spawn(command, Signal::TERM).with_context(|| format!("running {program}"))?;
        let log = File::options().create(true).append(true).open(&self.log);
        let log = log.with_context(|| format!("writing {}", self.log.display()))?;
        let streams = [
            child.stdout.take().map(boxed),
            child.stderr.take().map(boxed),
        ];
        for stream in streams.into_iter().flatten() {
            let (output, log) = (Arc::clone(&self.output), log.try_clone()?);
            thread::spawn(move || output.pump(stream, log));
        }
        self.child = Some(child);
        self.wait_until_served(check)
    }

    fn command(&self, manifest: &Path) -> Command {
        let listen = format!("127.0.0.1:{}", self.port);
        let (mut command, first): (_, &[&str]) = match self.kind {
            HostKind::Local => (Command::new(workspace::target().join("debug/devhost")), &[]),
            HostKind::Spin => (Command::new("spin"), &["up"]),
        };
        command.args(first).args(["--listen", &listen]);
        command.arg("--from").arg(manifest);
        if self.kind == HostKind::Spin {
            // Spin writes the components' output to files as well, by default in the working folder.
            let folder = self.log.with_extension("components");
            command.arg("--log-dir").arg(folder);
        }
        command
    }

    fn wait_until_served(&mut self, check: impl Fn() -> Result<()>) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            check()?;
            if let Some(status) = self.child.as_mut().map_or(Ok(None), Child::try_wait)? {
                self.child = None;
                // Its last lines may not be read yet.
                sleep(10 * TICK);
                bail!(
                    "the host ended while it started ({status}):\n{}",
                    self.last_output()
                );
            }
            if health::is_healthy(self.port) {
                return Ok(());
            }
            sleep(TICK);
        }
        self.kill()?;
        let limit = START_LIMIT.as_secs();
        bail!(
            "the host did not serve within {limit} s:\n{}",
            self.last_output()
        )
    }

    /// The last lines that the host printed.
    pub fn last_output(&self) -> String {
        let last = self
            .output
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = last.iter().map(String::as_str).collect();
        match lines.is_empty() {
            true => "(it printed nothing)".to_owned(),
            false => lines.join("\n"),
        }
    }

    pub fn running(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends the host as SIGKILL does.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            // `spin up` leaves its own child running when it is killed alone.
            if let Some(group) = pid(child.id()) {
                kill_process_group(group, Signal::KILL).ok();
            }
            child.kill()?;
            child.wait()?;
            // The child of `spin up` ends a moment later, and has the port until then.
            let deadline = Instant::now() + STOP_LIMIT;
            while Instant::now() < deadline && !port::is_free(self.port) {
                sleep(TICK);
            }
        }
        Ok(())
    }

    /// Stops the host where it is, as SIGSTOP does: it neither works nor ends until [`Self::resume`].
    pub fn pause(&mut self) -> Result<()> {
        self.signal(Signal::STOP).context("pausing the host")
    }

    /// Lets a paused host go on, as SIGCONT does.
    pub fn resume(&mut self) -> Result<()> {
        self.signal(Signal::CONT).context("resuming the host")
    }

    /// Asks the host to end, and ends it when it does not.
    pub fn stop(&mut self) -> Result<()> {
        if self.running() {
            self.signal(Signal::TERM).ok();
            let deadline = Instant::now() + STOP_LIMIT;
            while Instant::now() < deadline && self.running() {
                sleep(TICK);
            }
        }
        self.kill()
    }

    fn signal(&mut self, signal: Signal) -> Result<()> {
        let running = self.running();
        let child = self
            .child
            .as_ref()
            .filter(|_| running)
            .context("it is not running")?;
        let group = pid(child.id()).context("it has no process")?;
        Ok(kill_process_group(group, signal)?)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("the host does not stop: {error:#}");
        }
    }
}

impl Output {
    fn pump(&self, stream: Box<dyn Read + Send>, mut log: File) {
        for text in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&text).into_owned();
            let _ = writeln!(log, "{text}");
            if let Some(show) = self.shown.get() {
                show(&text);
            }
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.len() == REMEMBERED_LINES {
                last.pop_front();
            }
            last.push_back(text);
        }
    }
}

fn boxed(stream: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(stream)
}
