//! A PostgreSQL server as a child of this process.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::process::pid;
use local_resources::{TemporaryFolder, port};
use rustix::process::{Signal, kill_process};

use crate::administrator::Administrator;
use crate::binaries::Binaries;
use crate::cluster;
use crate::home::Home;
use crate::processes;

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(15);

/// What of the data survives a crash of the machine. A crash of the server alone loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    /// Nothing is flushed to the disk: twice as fast, for data that are thrown away.
    None,
}

/// A running PostgreSQL server on 127.0.0.1. Dropping it stops it; it also stops when this process is killed.
#[derive(Debug)]
pub struct PostgresServer {
    home: Home,
    binaries: Binaries,
    durability: Durability,
    password: String,
    port: u16,
    child: Option<Child>,
    // After `child`: the folder goes when the server has stopped.
    _folder: Option<TemporaryFolder>,
}

impl PostgresServer {
    /// Starts a server whose data live in a folder of their own under the system's temporary one, are never flushed
    /// to the disk, and vanish with the value (or, if this process is killed, with the next temporary server).
    ///
    /// # Errors
    /// When no PostgreSQL is installed, or it does not start; the message says what to do.
    pub fn temporary() -> Result<Self> {
        let binaries = Binaries::find()?.context(
            "no PostgreSQL server is installed here; install one (Debian: `apt-get install postgresql`, \
             macOS: `brew install postgresql`)",
        )?;
        Self::temporary_with(binaries)
    }

    /// As [`Self::temporary`], with these programs.
    pub fn temporary_with(binaries: Binaries) -> Result<Self> {
        let folder = TemporaryFolder::new()?;
        let home = Home::at(&folder.path().join("postgres"))?;
        let mut server = Self::new(home, binaries, Durability::None)?;
        server._folder = Some(folder);
        Ok(server)
    }

    /// Starts the server of `home`, making its cluster when there is none. One that is still running from a killed
    /// parent is stopped first; the caller sees to it that it has no living one.
    pub fn kept(home: Home, binaries: Binaries) -> Result<Self> {
        Self::new(home, binaries, Durability::Full)
    }

    fn new(home: Home, binaries: Binaries, durability: Durability) -> Result<Self> {
        Self::stop_orphan(&home)?;
        let password = cluster::make(&home, &binaries)?;
        // The last port again, so that what a person wrote down stays true.
        let last = fs::read_to_string(home.port_file())
            .ok()
            .and_then(|port| port.trim().parse().ok());
        let port = match last {
            Some(port) if port::is_free(port) => port,
            _ => port::free()?,
        };
        let mut server = Self {
            home,
            binaries,
            durability,
            password,
            port,
            child: None,
            _folder: None,
        };
        // Another program may take the port before the server does.
        for left in (0..3).rev() {
            match server.start() {
                Err(error) if left > 0 && error.to_string().contains("in use") => {
                    server.port = port::free()?
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        fs::write(server.home.port_file(), server.port.to_string())?;
        Ok(server)
    }

    /// Stops a server that a killed parent left running in `home`.
    pub fn stop_orphan(home: &Home) -> Result<()> {
        processes::stop_orphan(&home.data(), STOP_LIMIT / 2)
    }

    /// Starts the server again on its port, after [`Self::stop`] or [`Self::kill`]. Does nothing when it is running.
    pub fn start(&mut self) -> Result<()> {
        if self.running() {
            return Ok(());
        }
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            match self.launch() {
                // Where the system does not list a server's sessions, they end a little after it.
                Err(error)
                    if format!("{error:#}").contains("shared memory block")
                        && Instant::now() < deadline =>
                {
                    sleep(10 * TICK);
                }
                launched => return launched,
            }
        }
    }

    fn launch(&mut self) -> Result<()> {
        let data = self.home.data();
        let log = File::create(self.home.log())
            .with_context(|| format!("writing {}", self.home.log().display()))?;
        let mut command = self.home.command(&self.binaries, "postgres");
        command
            .arg("-D")
            .arg(&data)
            .stdout(log.try_clone()?)
            .stderr(log);
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        // SIGINT is PostgreSQL's fast shutdown.
        let signal = if self.durability == Durability::Full {
            Signal::INT
        } else {
            Signal::QUIT
        };
        self.child = Some(local_resources::spawn(command, signal).context("starting PostgreSQL")?);
        self.wait_until_ready(&data)
    }

    fn settings(&self) -> Vec<String> {
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            // A socket's path may have 107 bytes, and a folder's more; TCP is all that the services use.
            "unix_socket_directories=".to_owned(),
            // Each service may hold 64, and tests connect as well.
            "max_connections=400".to_owned(),
            "log_min_messages=warning".to_owned(),
        ];
        if self.durability == Durability::None {
            // Not `synchronous_commit=off`: then a killed server would forget what it has acknowledged.
            settings.extend(["fsync=off", "full_page_writes=off"].map(str::to_owned));
        }
        settings
    }

    fn wait_until_ready(&mut self, data: &Path) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        let pid = self
            .child
            .as_ref()
            .map(Child::id)
            .context("the server was not started")?;
        while Instant::now() < deadline {
            if let Some(status) = self.child.as_mut().map_or(Ok(None), Child::try_wait)? {
                self.child = None;
                bail!(
                    "PostgreSQL stopped at its start ({status}):\n{}",
                    self.log_tail()
                );
            }
            // The file's eighth line is the server's state, as `pg_ctl` reads it.
            let file = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            let mut lines = file.lines();
            if lines.next() == Some(pid.to_string().as_str())
                && lines.nth(6).is_some_and(|line| line.trim() == "ready")
            {
                return Ok(());
            }
            sleep(TICK);
        }
        self.kill()?;
        bail!(
            "PostgreSQL was not ready within {} s:\n{}",
            START_LIMIT.as_secs(),
            self.log_tail()
        )
    }

    /// The end of the server's log.
    pub fn log_tail(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(self.home.log()) {
            let length = file.metadata().map_or(0, |meta| meta.len());
            let _ = file.seek(SeekFrom::Start(length.saturating_sub(2000)));
            let _ = file.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).trim().to_owned()
    }

    /// Ends all sessions and stops the server cleanly. Does nothing when it is not running.
    pub fn stop(&mut self) -> Result<()> {
        if self.signal(Signal::INT)? && self.wait(STOP_LIMIT)?.is_none() {
            // Without a checkpoint: the next start recovers from the log.
            self.signal(Signal::QUIT)?;
            if self.wait(STOP_LIMIT)?.is_none() {
                bail!(
                    "PostgreSQL does not stop; its log is {}",
                    self.home.log().display()
                );
            }
        }
        self.child = None;
        Ok(())
    }

    /// Stops the server in PostgreSQL's immediate mode: every session is cut off where it is, and the next start
    /// recovers from the log. Does nothing when it is not running.
    pub fn stop_immediately(&mut self) -> Result<()> {
        if self.signal(Signal::QUIT)? && self.wait(STOP_LIMIT)?.is_none() {
            bail!(
                "PostgreSQL does not stop; its log is {}",
                self.home.log().display()
            );
        }
        self.child = None;
        Ok(())
    }

    /// Kills the server and its sessions, as a crash would.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(child) = &mut self.child {
            processes::kill_server(child)?;
        }
        self.child = None;
        Ok(())
    }

    pub fn running(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn version(&self) -> &str {
        self.binaries.version()
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// How to reach the server as its administrator.
    pub fn administrator(&self) -> Administrator {
        Administrator::local(&self.password, self.port)
    }

    /// The administrator's URL of the database `postgres`.
    pub fn url(&self) -> String {
        self.administrator().url("postgres")
    }

    fn signal(&mut self, signal: Signal) -> Result<bool> {
        if !self.running() {
            return Ok(false);
        }
        match self.child.as_ref().and_then(|child| pid(child.id())) {
            Some(pid) => kill_process(pid, signal)
                .map(|()| true)
                .context("signalling PostgreSQL"),
            None => Ok(false),
        }
    }

    fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        let Some(child) = &mut self.child else {
            return Ok(None);
        };
        loop {
            let status = child.try_wait()?;
            if status.is_some() || Instant::now() > deadline {
                return Ok(status);
            }
            sleep(TICK);
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let stopped = if self.durability == Durability::None {
            self.kill()
        } else {
            self.stop()
        };
        if let Err(error) = stopped {
            eprintln!("{error:#}");
        }
    }
}
