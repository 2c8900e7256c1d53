//! The system that is tested: a stack of its own, and what its tests are told about it.

use std::env;

use anyhow::{Context, Result};

use super::{WORKSPACE, compile_tests, show_tests};
use crate::stack::Stack;

/// Retries come soon, so that tests of recovery need not wait for the usual minute.
const VARIABLES: [(&str, &str); 1] = [("saga_backoff_cap_ms", "2000")];

pub struct System(Stack);

impl System {
    pub fn start() -> Result<Self> {
        Stack::temporary(&VARIABLES).map(Self)
    }

    pub fn stack(&self) -> &Stack {
        &self.0
    }

    pub fn stop(self) -> Result<()> {
        self.0.stop()
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
        let stack = &self.0;
        let xtask = this_program()?;
        // A command line for a shell, so quoted.
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let control = format!(
            "{} stack-control {}",
            quoted(&xtask),
            quoted(&stack.folder().to_string_lossy())
        );
        let mut described = vec![
            ("ZAKAZ_BASE_URL".to_owned(), stack.base_url().to_owned()),
            (
                "ZAKAZ_ENV_FILE".to_owned(),
                stack.environment().path().display().to_string(),
            ),
            ("ZAKAZ_STACK_CONTROL".to_owned(), control),
        ];
        for (service, url) in stack.database_urls() {
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
