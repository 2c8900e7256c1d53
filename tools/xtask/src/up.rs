//! `cargo xtask up`: from a clone to a running system.

use std::fs;
use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::port;
use postgres_server::Administrator;

use crate::build;
use crate::interrupt;
use crate::system::{Environment, HostKind, Lock, Postgres, Settings, System};
use crate::terminal::{Paint, Step, line, shown_duration};
use stack::workspace;

/// The oldest Spin that has the interfaces the components use.
const OLDEST_SPIN: (u32, u32) = (4, 1);
const TICK: Duration = Duration::from_millis(50);

pub struct Options {
    pub port: u16,
    pub fresh: bool,
    pub spin: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let folder = workspace::local();
    let _lock = match Lock::take(&folder)? {
        Ok(lock) => lock,
        Err(holder) => bail!("{holder} is running; stop it with Ctrl-C first"),
    };
    port::ensure_free(options.port)?;
    line("");
    build::wasm_target()?;
    build::components()?;
    if options.spin {
        check_spin()?;
    } else {
        build::host()?;
    }
    let env_file = folder.join("env");
    let database = match Administrator::from_environment()? {
        Some(administrator) => {
            let step = Step::begin("PostgreSQL");
            let database = Postgres::external(administrator);
            if options.fresh {
                database.drop_all(&Environment::open(&env_file)?)?;
            }
            step.done(&format!(
                "{}, from {}",
                database.administrator().host_and_port(),
                database.administrator().source()
            ));
            database
        }
        None => Postgres::kept(&folder, options.fresh)?,
    };
    if options.fresh {
        match fs::remove_file(&env_file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).context("removing .local/env");
            }
            _ => {}
        }
    }
    let mut environment = Environment::open(&env_file)?;
    environment.fill_in_secrets()?;
    let kind = if options.spin {
        HostKind::Spin
    } else {
        HostKind::Local
    };
    let settings = Settings {
        kind,
        port: options.port,
        variables: &[],
        process: &[],
    };
    let stack = System::start(&folder, &settings, environment, database)?;
    stack.seed()?;
    greet(&stack, started.elapsed())?;
    watch(stack)
}

/// Waits until the person wants to stop, or a part ends by itself.
fn watch(stack: System) -> Result<()> {
    stack.show_output();
    while interrupt::check().is_ok() {
        stack.check()?;
        sleep(TICK);
    }
    line("");
    let step = Step::begin("stopping");
    stack.stop()?;
    step.done("everything is stopped; the data stay");
    Ok(())
}

fn check_spin() -> Result<()> {
    let output = Command::new("spin").arg("--version").stdin(Stdio::null()).output().context(
        "there is no `spin` here; install Spin 4.1 or newer (https://spinframework.dev/install), or leave `--spin` out",
    )?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version(&said) {
        Some(found) if found >= OLDEST_SPIN => Ok(()),
        _ => bail!(
            "Spin {}.{} or newer is needed; here is `{said}`",
            OLDEST_SPIN.0,
            OLDEST_SPIN.1
        ),
    }
}

/// `spin 4.1.0 (abc 2026-01-01)` → (4, 1)
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("spin ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn greet(stack: &System, time: Duration) -> Result<()> {
    let (base, environment) = (stack.base_url(), stack.environment());
    let port_matters = !base.ends_with(":3000");
    let demo = if port_matters {
        format!("cargo xtask demo --url {base}")
    } else {
        "cargo xtask demo".to_owned()
    };
    let rows = [
        ("API", format!("{base}/api")),
        ("its document", format!("{base}/api/openapi.json")),
        ("a demo", format!("{demo}   (in another terminal)")),
        (
            "admin",
            format!(
                "{}  password {}",
                environment.expect("admin_email")?,
                environment.expect("admin_password")?
            ),
        ),
        ("variables", workspace::shown(environment.path())),
        ("PostgreSQL", stack.postgres_url()),
        (
            "log",
            format!(
                "{}   (here only what goes wrong)",
                workspace::shown(&stack.folder().join("host.log"))
            ),
        ),
    ];
    line(&format!(
        "\n  {}",
        Paint::Strong.on(&format!(
            "Zakaz is running, after {}.",
            shown_duration(time)
        ))
    ));
    line("");
    for (label, text) in rows {
        line(&format!(
            "    {} {}",
            Paint::Quiet.on(&format!("{label:13}")),
            text
        ));
    }
    line(&format!(
        "\n  {}",
        Paint::Quiet.on("Ctrl-C stops everything; the data stay until `cargo xtask up --fresh`.")
    ));
    line("");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spin_tells_its_version() {
        assert_eq!(version("spin 4.1.0 (f4a8b2e 2026-05-01)"), Some((4, 1)));
        assert!(version("spin 4.0.2").is_some_and(|found| found < OLDEST_SPIN));
        assert_eq!(version("command not found"), None);
    }
}
