//! Starts a whole system, step by step.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use local_resources::{TemporaryFolder, port};
use stack::{Environment, Host, HostKind, SERVICES};

use super::postgres::Postgres;
use super::recovery::Recovery;
use super::running::Running;
use super::{control, seed};
use crate::client::Client;
use crate::interrupt;
use crate::terminal::{Step, line};

/// How a system is started.
pub struct Settings<'a> {
    pub kind: HostKind,
    pub port: u16,
    /// Variables of `spin.toml` to set.
    pub variables: &'a [(&'a str, &'a str)],
    /// Environment variables of the host, such as `OTEL_*`; those of this process count as well.
    pub process: &'a [(String, String)],
}

fn show(text: &str) {
    if !text.contains("\"level\":\"info\"") {
        line(text);
    }
}

/// A running system. Dropping it stops everything it started.
pub struct System {
    recovery: Option<Recovery>,
    running: Arc<Mutex<Running>>,
    environment: Environment,
    base_url: String,
    folder: PathBuf,
    _temporary: Option<TemporaryFolder>,
}

impl System {
    /// A system of its own on a free port, whose data vanish with it.
    pub fn temporary(
        kind: HostKind,
        variables: &[(&str, &str)],
        process: &[(String, String)],
    ) -> Result<Self> {
        let folder = TemporaryFolder::new()?;
        let settings = Settings {
            kind,
            port: port::free()?,
            variables,
            process,
        };
        let mut environment = Environment::open(&folder.path().join("env"))?;
        environment.fill_in_secrets()?;
        let database = Postgres::temporary()?;
        let mut system = Self::start(folder.path(), &settings, environment, database)?;
        system._temporary = Some(folder);
        control::listen(&system.folder, &system.running)?;
        Ok(system)
    }

    /// A system on `database` with its environment and log in `folder`.
    pub fn start(
        folder: &Path,
        settings: &Settings,
        mut environment: Environment,
        database: Postgres,
    ) -> Result<Self> {
        for (name, value) in settings.variables {
            environment.set(name, value);
        }
        let step = Step::begin("databases");
        let report = database.prepare(&mut environment, &SERVICES, &step)?;
        environment.save()?;
        step.done(&report);

        let step = Step::begin(if settings.kind == HostKind::Spin {
            "spin up"
        } else {
            "devhost"
        });
        step.note("the first time, the components are compiled for this machine");
        let log = folder.join("host.log");
        let _ = std::fs::remove_file(&log);
        let host = Host::new(settings.kind, settings.port, environment.clone(), log);
        let mut host = host.with_process_variables(settings.process);
        host.start(&[], || Ok(interrupt::check()?))?;
        let base_url = host.url();
        step.done(&base_url);

        let recovery = Recovery::start(&base_url, environment.expect("operator_token")?);
        let running = Arc::new(Mutex::new(Running { host, database }));
        let folder = folder.to_owned();
        Ok(Self {
            recovery: Some(recovery),
            running,
            environment,
            base_url,
            folder,
            _temporary: None,
        })
    }

    /// Adds the catalogue, the couriers and the admin.
    pub fn seed(&self) -> Result<()> {
        let step = Step::begin("catalogue");
        let report = seed(&Client::new(&self.base_url, "en"), &self.environment, &step)?;
        step.done(&report);
        Ok(())
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Where the system's socket, environment and log are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The administrator's URLs of the databases, by the service.
    pub fn database_urls(&self) -> Vec<(&'static str, String)> {
        self.parts(|running| running.database.urls(&self.environment))
    }

    /// The administrator's URL of the server.
    pub fn postgres_url(&self) -> String {
        self.parts(|running| running.database.administrator().url("postgres"))
    }

    /// From now on, what the components print is shown, unless it says that all is well: a line for each
    /// request is for the log.
    pub fn show_output(&self) {
        self.parts(|running| running.host.show_output(show));
    }

    /// Fails when a part of the system has ended by itself.
    pub fn check(&self) -> Result<()> {
        self.parts(|running| {
            if !running.host.running() {
                bail!("the host ended by itself:\n{}", running.host.last_output());
            }
            if let Some(server) = running.database.server()
                && !server.running()
            {
                bail!("PostgreSQL ended by itself:\n{}", server.log_tail());
            }
            Ok(())
        })
    }

    /// Stops everything, and says when something does not stop.
    pub fn stop(mut self) -> Result<()> {
        self.recovery.take();
        self.parts(|running| {
            running.host.stop()?;
            running
                .database
                .server()
                .map_or(Ok(()), |server| server.stop())
        })
    }

    fn parts<T>(&self, work: impl FnOnce(&mut Running) -> T) -> T {
        work(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
