//! The system that is tested, and what its tests are told about it.

use std::env;

use anyhow::{Context, Result, bail};
use local_resources::port;
use postgres_server::{Administrator, Home};
use stack::{Databases, Environment, HostKind, workspace};

use super::test_programs::{self, host_variable};
use crate::client::Client;
use crate::system::System;

/// Retries come soon, so that tests of recovery need not wait for the usual minute.
const VARIABLES: [(&str, &str); 1] = [("saga_backoff_cap_ms", "2000")];

/// A system of the tests' own.
pub struct TestedSystem {
    system: System,
    kind: HostKind,
    /// Where the host sends its traces to; a test listens there while it wants them.
    collector: String,
}

impl TestedSystem {
    pub fn start(kind: HostKind) -> Result<Self> {
        let collector = format!("127.0.0.1:{}", port::free()?);
        let process = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}")),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
            // Only what a test asks for.
            ("OTEL_TRACES_SAMPLER", "parentbased_always_off".to_owned()),
            ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ];
        let process = process.map(|(name, value)| (name.to_owned(), value));
        // The tests of traces are skipped on Spin, which would not pass on the id of a trace that is not sampled.
        let process = match kind {
            HostKind::Local => &process[..],
            HostKind::Spin => &[],
        };
        Ok(Self {
            system: System::temporary(kind, &VARIABLES, process)?,
            kind,
            collector,
        })
    }

    pub fn system(&self) -> &System {
        &self.system
    }

    pub fn stop(self) -> Result<()> {
        self.system.stop()
    }

    /// Runs one program of the system's tests, `threads` of its tests at a time, with `more` environment variables.
    pub fn test(
        &self,
        program: &str,
        threads: &str,
        more: &[(String, String)],
        rest: &[String],
    ) -> Result<()> {
        let mut variables = self.variables()?;
        variables.extend_from_slice(more);
        test_programs::run(program, threads, rest, &variables)
    }

    /// What its tests are told about it.
    pub fn variables(&self) -> Result<Vec<(String, String)>> {
        let system = &self.system;
        let folder = system.folder();
        let control = format!(
            "{} system-control {}",
            quoted(&this_program()?),
            quoted(&folder.to_string_lossy())
        );
        let mut variables = vec![
            host_variable(self.kind),
            variable("ZAKAZ_CONTROL", control),
            variable("ZAKAZ_OTLP_LISTEN", &self.collector),
            variable("ZAKAZ_HOST_LOG", folder.join("host.log").display()),
        ];
        variables.extend(described(system.base_url(), system.environment()));
        variables.extend(database_variables(system.database_urls()));
        Ok(variables)
    }
}

/// What tests are told about the system that `cargo xtask up` runs at `url`. They cannot kill its host.
pub fn running_system(url: &str) -> Result<Vec<(String, String)>> {
    if !Client::new(url, "en").is_there() {
        bail!("nothing answers at {url}/api/orders/healthz; `cargo xtask up` starts a system");
    }
    let folder = workspace::local();
    let environment = Environment::open(&folder.join("env"))?;
    let administrator = match Administrator::from_environment()? {
        Some(administrator) => administrator,
        None => Home::at(&folder.join("postgres"))?
            .administrator()?
            .context("where are its databases? set ZAKAZ_POSTGRES_URL")?,
    };
    let mut variables = vec![
        variable("ZAKAZ_NO_CONTROL", 1),
        variable("ZAKAZ_NO_TELEMETRY", 1),
        variable("ZAKAZ_HOST_LOG", folder.join("host.log").display()),
    ];
    variables.extend(described(url, &environment));
    let databases = Databases::of(administrator);
    variables.extend(database_variables(databases.urls(&environment)));
    Ok(variables)
}

fn described(url: &str, environment: &Environment) -> [(String, String); 2] {
    [
        variable("ZAKAZ_BASE_URL", url),
        variable("ZAKAZ_ENV_FILE", environment.path().display()),
    ]
}

fn database_variables(urls: Vec<(&'static str, String)>) -> impl Iterator<Item = (String, String)> {
    urls.into_iter()
        .map(|(service, url)| (format!("ZAKAZ_{}_DB_URL", service.to_uppercase()), url))
}

fn variable(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// A word of a shell's command line.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The path of this program, to be run again.
pub fn this_program() -> Result<String> {
    let path = env::current_exe().context("finding this program")?;
    let path = path.to_string_lossy();
    // Linux's note on a program that was built again while it runs: the new one serves as well.
    Ok(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}
