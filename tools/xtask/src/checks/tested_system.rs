//! The system that is tested: a stack of its own, and what its tests are told about it.

use std::env;

use anyhow::{Context, Result};
use local_resources::port;

use super::{WORKSPACE, compile_tests, show_tests};
use crate::system::System;

/// Retries come soon, so that tests of recovery need not wait for the usual minute.
const VARIABLES: [(&str, &str); 1] = [("saga_backoff_cap_ms", "2000")];

pub struct TestedSystem {
    system: System,
    /// Where the host sends its traces to; a test listens there while it wants them.
    collector: String,
}

impl TestedSystem {
    pub fn start() -> Result<Self> {
        let collector = format!("127.0.0.1:{}", port::free()?);
        let process = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}")),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
            // Only what a test asks for.
            ("OTEL_TRACES_SAMPLER", "parentbased_always_off".to_owned()),
            ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ];
        let process = process.map(|(name, value)| (name.to_owned(), value));
        let system = System::temporary(&VARIABLES, &process)?;
        Ok(Self { system, collector })
    }

    pub fn system(&self) -> &System {
        &self.system
    }

    pub fn stop(self) -> Result<()> {
        self.system.stop()
    }

    /// Runs one program of the system's tests; `threads` of its tests at a time.
    pub fn test(&self, program: &str, threads: &str, rest: &[String]) -> Result<()> {
        let selection = [&WORKSPACE[..], &["--test", program]].concat();
        compile_tests(&selection)?;
        let mut rest = rest.to_vec();
        rest.push(format!("--test-threads={threads}"));
        show_tests(&selection, &rest, &self.described()?)
    }

    fn described(&self) -> Result<Vec<(String, String)>> {
        let system = &self.system;
        let xtask = this_program()?;
        // A command line for a shell, so quoted.
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let control = format!(
            "{} stack-control {}",
            quoted(&xtask),
            quoted(&system.folder().to_string_lossy())
        );
        let mut described = vec![
            ("ZAKAZ_BASE_URL".to_owned(), system.base_url().to_owned()),
            (
                "ZAKAZ_ENV_FILE".to_owned(),
                system.environment().path().display().to_string(),
            ),
            ("ZAKAZ_CONTROL".to_owned(), control),
            ("ZAKAZ_OTLP_LISTEN".to_owned(), self.collector.clone()),
            (
                "ZAKAZ_HOST_LOG".to_owned(),
                system.folder().join("host.log").display().to_string(),
            ),
        ];
        for (service, url) in system.database_urls() {
            described.push((format!("ZAKAZ_{}_DB_URL", service.to_uppercase()), url));
        }
        Ok(described)
    }
}

/// The path of this program, to be run again.
pub fn this_program() -> Result<String> {
    let path = env::current_exe().context("finding this program")?;
    let path = path.to_string_lossy();
    // Linux's note on a program that was built again while it runs: the new one serves as well.
    Ok(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}
