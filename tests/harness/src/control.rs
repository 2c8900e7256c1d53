//! Control of the system under test: its host and PostgreSQL can be killed and started.

use std::{env, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

use crate::skipped::Unavailable;

/// The command that controls the system.
pub struct Control {
    command: String,
}

impl Control {
    /// # Errors
    /// When `ZAKAZ_NO_CONTROL=1` says that the system cannot be controlled.
    ///
    /// # Panics
    /// When neither `ZAKAZ_CONTROL` nor `ZAKAZ_NO_CONTROL` is set.
    pub fn get() -> Result<Self, Unavailable> {
        match env::var("ZAKAZ_CONTROL") {
            Ok(command) => Ok(Self { command }),
            Err(_) if env::var("ZAKAZ_NO_CONTROL").is_ok_and(|it| it == "1") => Err(
                Unavailable::new("ZAKAZ_NO_CONTROL=1 says that the host cannot be killed"),
            ),
            Err(_) => panic!(
                "ZAKAZ_CONTROL is not set: this test kills and starts the system. `cargo xtask test --only restart` \
                 sets it; for a host that cannot be controlled set ZAKAZ_NO_CONTROL=1"
            ),
        }
    }

    /// The same, of a host whose options can be changed.
    ///
    /// # Errors
    /// On Spin as well, which has no such options.
    pub fn of_local_host() -> Result<Self, Unavailable> {
        if env::var("ZAKAZ_HOST").is_ok_and(|host| host == "spin") {
            return Err(Unavailable::new("only devhost has options for tests"));
        }
        Self::get()
    }

    /// Kills the host with SIGKILL, so that nothing in progress is finished.
    pub async fn kill_host(&self) {
        self.run("kill-host").await;
    }

    /// Starts the host and waits until it listens.
    pub async fn start_host(&self) {
        self.run("start-host").await;
    }

    /// Kills the host and starts it with other values of these variables, until [`ChangedHost::end`]. `host.<option>`
    /// stands for an option of the local host. Values consist of letters, digits and `@.-_:/`.
    pub async fn restart_host_with(&self, variables: &[(&str, &str)]) -> ChangedHost<'_> {
        self.kill_host().await;
        self.start_host_with(variables).await;
        ChangedHost {
            control: self,
            over: false,
        }
    }

    /// Starts the host with other values of these variables, and waits until it listens. Values consist of letters,
    /// digits and `@.-_:/`.
    pub async fn start_host_with(&self, variables: &[(&str, &str)]) {
        let mut verb = "start-host".to_owned();
        for (name, value) in variables {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@.-_:/".contains(&byte);
            assert!(value.bytes().all(plain), "{value}");
            verb.push_str(&format!(" {name}={value}"));
        }
        self.run(&verb).await;
    }

    /// Stops PostgreSQL at once, cutting all connections, until [`Outage::end`].
    pub async fn stop_postgres(&self) -> Outage<'_> {
        self.run("stop-postgres").await;
        Outage {
            control: self,
            over: false,
        }
    }

    /// Kills PostgreSQL with SIGKILL, until [`Outage::end`].
    pub async fn kill_postgres(&self) -> Outage<'_> {
        self.run("kill-postgres").await;
        Outage {
            control: self,
            over: false,
        }
    }

    /// Restores the system after a failing test, if it can.
    fn restore_after_failure(&self, verb: &str) {
        let line = format!("{} {verb}", self.command);
        let done = std::process::Command::new("sh")
            .args(["-c", &line])
            .status();
        eprintln!("`{line}` after a failure: {done:?}");
    }

    async fn run(&self, verb: &str) {
        let line = format!("{} {verb}", self.command);
        // Without the test's stdin: a host that it starts outlives it.
        let child = Command::new("sh")
            .args(["-c", &line])
            .stdin(Stdio::null())
            .status();
        let status = timeout(Duration::from_secs(90), child)
            .await
            .unwrap_or_else(|_| panic!("`{line}` did not end within 90 s"))
            .unwrap_or_else(|error| panic!("`{line}` cannot be run: {error}"));
        assert!(status.success(), "`{line}` failed: {status}");
    }
}

/// The host runs with other variables. Dropping it in a failing test starts the host with its own again.
#[must_use]
pub struct ChangedHost<'a> {
    control: &'a Control,
    over: bool,
}

impl ChangedHost<'_> {
    /// Starts the host with its own variables again.
    pub async fn end(mut self) {
        self.over = true;
        self.control.kill_host().await;
        self.control.start_host().await;
    }
}

impl Drop for ChangedHost<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.control.restore_after_failure("kill-host");
            self.control.restore_after_failure("start-host");
        }
    }
}

/// PostgreSQL is stopped. Dropping it in a failing test starts it again.
#[must_use]
pub struct Outage<'a> {
    control: &'a Control,
    over: bool,
}

impl Outage<'_> {
    /// Starts PostgreSQL and waits until it takes connections.
    pub async fn end(mut self) {
        self.over = true;
        self.control.run("start-postgres").await;
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.control.restore_after_failure("start-postgres");
        }
    }
}
