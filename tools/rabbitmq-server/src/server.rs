//! A RabbitMQ server as a child of this process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use local_resources::{TemporaryFolder, port, random_hex, spawn};
use rustix::process::Signal;

use crate::programs;

const START_LIMIT: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_millis(50);
const USER: &str = "zakaz";

/// Where a server listens, all on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
struct Ports {
    amqp: u16,
    mqtt: u16,
    /// Between Erlang's nodes: it has to be open, but nothing connects to it.
    distribution: u16,
    /// Erlang's own register of nodes.
    register: u16,
}

impl Ports {
    /// Ports that are free now.
    fn free() -> Result<Self> {
        let [amqp, mqtt, distribution, register] = port::several_free()?;
        Ok(Self {
            amqp,
            mqtt,
            distribution,
            register,
        })
    }
}

/// A RabbitMQ server on 127.0.0.1 with AMQP and MQTT, whose data live in a folder that vanishes with the value. It
/// ends when this process ends, also when it is killed.
#[derive(Debug)]
pub struct RabbitServer {
    program: PathBuf,
    ports: Ports,
    node: String,
    password: String,
    child: Option<Child>,
    /// Erlang's register of nodes. The server would start one that outlives it.
    register: Child,
    // After the processes: the folder goes when they have ended.
    folder: TemporaryFolder,
}

impl RabbitServer {
    /// Starts a server without any message or queue.
    ///
    /// # Errors
    /// When no RabbitMQ is installed, or it does not start; the message says what to do.
    pub fn temporary() -> Result<Self> {
        let program = programs::server()?;
        let ports = Ports::free()?;
        let mut register = Command::new(programs::register()?);
        register
            .args(["-port", &ports.register.to_string()])
            .args(["-address", "127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = Self {
            program,
            ports,
            node: format!("zakaz-{}@localhost", random_hex(4)?),
            password: random_hex(12)?,
            child: None,
            register: spawn(register, Signal::KILL).context("starting Erlang's epmd")?,
            folder: TemporaryFolder::new()?,
        };
        server.configure()?;
        server.start()?;
        Ok(server)
    }

    /// Starts the server again, with the data that it had. Does nothing when it is running.
    pub fn start(&mut self) -> Result<()> {
        if self.running() {
            return Ok(());
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .context("writing RabbitMQ's log")?;
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        self.child = Some(spawn(command, Signal::KILL).context("starting RabbitMQ")?);
        self.wait_until_ready()
    }

    /// Ends the server as SIGKILL does. What it has acknowledged is on the disk.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Raises the alarm of memory, as when it runs short: nothing more is read from those who publish, until
    /// [`end_alarm`](Self::end_alarm).
    pub fn raise_alarm(&self) -> Result<()> {
        self.control(&["set_vm_memory_high_watermark", "0.00001"])
    }

    pub fn end_alarm(&self) -> Result<()> {
        self.control(&["set_vm_memory_high_watermark", "0.4"])
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.environment(Command::new(programs::control()?));
        let output = command
            .args(["--node", &self.node])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .context("running rabbitmqctl")?;
        ensure!(
            output.status.success(),
            "rabbitmqctl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    pub fn running(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    pub fn mqtt_port(&self) -> u16 {
        self.ports.mqtt
    }

    pub fn user(&self) -> &str {
        USER
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    /// Where AMQP clients connect to, with the user and the password.
    pub fn amqp_url(&self) -> String {
        let (password, port) = (&self.password, self.ports.amqp);
        format!("amqp://{USER}:{password}@127.0.0.1:{port}/%2f")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.file("log")
    }

    fn configure(&self) -> Result<()> {
        let Ports { amqp, mqtt, .. } = self.ports;
        let password = &self.password;
        let settings = format!(
            "listeners.tcp.local = 127.0.0.1:{amqp}\n\
             mqtt.listeners.tcp.local = 127.0.0.1:{mqtt}\n\
             mqtt.allow_anonymous = false\n\
             default_user = {USER}\n\
             default_pass = {password}\n"
        );
        write(&self.file("rabbitmq.conf"), &settings)?;
        write(&self.file("enabled_plugins"), "[rabbitmq_mqtt].\n")?;
        write(&self.file("env.conf"), "")
    }

    /// What the server and `rabbitmqctl` need to find each other.
    fn environment(&self, mut command: Command) -> Command {
        command
            .env("HOME", self.folder.path())
            .env("ERL_EPMD_PORT", self.ports.register.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_CONF_ENV_FILE", self.file("env.conf"))
            .env("RABBITMQ_NODENAME", &self.node)
            .current_dir(self.folder.path());
        command
    }

    fn command(&self) -> Command {
        let mut command = self.environment(Command::new(&self.program));
        command
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_DIST_PORT", self.ports.distribution.to_string())
            .env("RABBITMQ_CONFIG_FILE", self.file("rabbitmq.conf"))
            .env(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                self.file("enabled_plugins"),
            )
            .env("RABBITMQ_MNESIA_BASE", self.file("data"))
            .env("RABBITMQ_LOG_BASE", self.folder.path())
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_PID_FILE", self.file("pid"))
            // The script becomes the server instead of standing before it, so that a signal reaches the server; and
            // the server does not read its input all the same.
            .env("RABBITMQ_ALLOW_INPUT", "1")
            // Idle schedulers leave the processors to others.
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-noinput +sbwt none +sbwtdcpu none +sbwtdio none",
            );
        command
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.as_mut().map_or(Ok(None), Child::try_wait)? {
                self.child = None;
                bail!(
                    "RabbitMQ stopped at its start ({status}):\n{}",
                    self.log_tail()
                );
            }
            if port::is_open(self.ports.amqp) && port::is_open(self.ports.mqtt) {
                return Ok(());
            }
            sleep(TICK);
        }
        bail!(
            "RabbitMQ did not start within {} s:\n{}",
            START_LIMIT.as_secs(),
            self.log_tail()
        )
    }

    fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let tail = log.len().saturating_sub(3000);
        String::from_utf8_lossy(&log[tail..]).trim().to_owned()
    }
}

impl Drop for RabbitServer {
    fn drop(&mut self) {
        let ended = self.kill();
        let register = self.register.kill().and_then(|()| self.register.wait());
        if let Err(error) = ended.and_then(|()| Ok(register.map(drop)?)) {
            eprintln!("RabbitMQ does not end: {error:#}");
        }
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
