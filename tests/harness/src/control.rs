//! The power over the system under test: killing and starting it, and its PostgreSQL.

use std::{env, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

/// The command that controls the stack.
pub struct Control {
    command: String,
}

impl Control {
    /// `None` when `ZAKAZ_NO_CONTROL=1` says that nobody can control the system; the test is to end then.
    ///
    /// # Panics
    /// When neither `ZAKAZ_STACK_CONTROL` nor `ZAKAZ_NO_CONTROL` is set.
    pub fn get() -> Option<Self> {
        match env::var("ZAKAZ_STACK_CONTROL") {
            Ok(command) => Some(Self { command }),
            Err(_) if env::var("ZAKAZ_NO_CONTROL").is_ok_and(|it| it == "1") => {
                eprintln!("not tested: ZAKAZ_NO_CONTROL=1 says that this host cannot be killed");
                None
            }
            Err(_) => panic!(
                "ZAKAZ_STACK_CONTROL is not set: this test kills and starts the system. `cargo xtask test --only restart` \
                 sets it; for a host that cannot be controlled set ZAKAZ_NO_CONTROL=1"
            ),
        }
    }

    /// Kills the host as SIGKILL does, so that nothing it was doing is finished.
    pub async fn kill_host(&self) {
        self.run("kill-host").await;
    }

    /// Starts the host and waits until it listens.
    pub async fn start_host(&self) {
        self.run("start-host").await;
    }

    /// Kills the host and starts it with these variables set otherwise, until [`ChangedHost::end`]. The values
    /// are plain: letters, digits and `@.-_`.
    pub async fn restart_host_with(&self, variables: &[(&str, &str)]) -> ChangedHost<'_> {
        let mut verb = "start-host".to_owned();
        for (name, value) in variables {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte);
            assert!(value.bytes().all(plain), "{value}");
            verb.push_str(&format!(" {name}={value}"));
        }
        self.kill_host().await;
        self.run(&verb).await;
        ChangedHost {
            control: self,
            over: false,
        }
    }

    /// Stops PostgreSQL at once, cutting every connection, until [`Outage::end`].
    pub async fn stop_postgres(&self) -> Outage<'_> {
        self.run("stop-postgres").await;
        Outage {
            control: self,
            over: false,
        }
    }

    /// Kills PostgreSQL as a power cut does, until [`Outage::end`].
    pub async fn kill_postgres(&self) -> Outage<'_> {
        self.run("kill-postgres").await;
        Outage {
            control: self,
            over: false,
        }
    }

    /// Puts right what a failing test leaves behind, as far as that goes.
    fn try_after_a_failure(&self, verb: &str) {
        let line = format!("{} {verb}", self.command);
        let done = std::process::Command::new("sh")
            .args(["-c", &line])
            .status();
        eprintln!("`{line}` after a failure: {done:?}");
    }

    async fn run(&self, verb: &str) {
        let line = format!("{} {verb}", self.command);
        // A host that it starts outlives it and must not hold on to the test's output.
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

/// The host runs with other variables. Dropped by a failing test, it starts it with its own for those to come.
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
            self.control.try_after_a_failure("kill-host");
            self.control.try_after_a_failure("start-host");
        }
    }
}

/// PostgreSQL is stopped. Dropped by a failing test, it starts it again for those to come.
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
            self.control.try_after_a_failure("start-postgres");
        }
    }
}
