//! `cargo xtask up`: from a clone to a running system.

use std::fs;
use std::io::{ErrorKind, IsTerminal, stdin};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::port;
use postgres_server::Administrator;
use stack::{Environment, HostKind, SERVICES, workspace};

use crate::build;
use crate::interrupt;
use crate::system::{Lock, Postgres, Settings, System, ensure_spin};
use crate::terminal::{Paint, Step, line, shown_duration};

const TICK: Duration = Duration::from_millis(50);

pub struct Options {
    pub port: u16,
    /// Start without the data, keys and secrets of earlier runs.
    pub fresh: bool,
    /// The server whose databases `fresh` may drop although it is not this program's: `host:port`.
    pub drop_on: Option<String>,
    pub kind: HostKind,
}

pub fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let folder = workspace::local();
    let _lock = match Lock::take(&folder)? {
        Ok(lock) => lock,
        Err(holder) => bail!("{holder} is running; stop it with Ctrl-C first"),
    };
    port::ensure_free(options.port)?;
    let administrator = Administrator::from_environment()?;
    if options.fresh
        && let Some(administrator) = &administrator
    {
        confirm_drop(administrator, options.drop_on.as_deref())?;
    }
    line("");
    if options.kind == HostKind::Spin {
        ensure_spin()?;
    }
    build::all(options.kind)?;
    let env_file = folder.join("env");
    let database = match administrator {
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
    let settings = Settings {
        kind: options.kind,
        port: options.port,
        variables: &[],
        process: &[],
    };
    let system = System::start(&folder, &settings, environment, database)?;
    system.seed()?;
    print_addresses(&system, started.elapsed())?;
    watch(system)
}

/// Asks for the name of a server that is not this program's before databases are dropped there.
///
/// # Errors
/// When the name is another, or nobody can be asked.
fn confirm_drop(administrator: &Administrator, given: Option<&str>) -> Result<()> {
    let server = administrator.host_and_port();
    let databases = SERVICES
        .map(|service| format!("zakaz_{service}"))
        .join(", ");
    let typed = match given {
        Some(given) => given.to_owned(),
        None if stdin().is_terminal() => {
            line(&format!(
                "\n`--fresh` drops the databases {databases} on {server} (from {}).\nType {server} to go on:",
                administrator.source()
            ));
            let mut typed = String::new();
            stdin().read_line(&mut typed)?;
            typed.trim().to_owned()
        }
        None => bail!(
            "`--fresh` would drop the databases {databases} on {server}, a server that `cargo xtask up` has not set \
             up; `--drop-on {server}` says that it may"
        ),
    };
    if typed != server {
        bail!("`{typed}` is not {server}, so nothing is dropped");
    }
    Ok(())
}

/// Waits until the person stops it, or a part ends by itself.
fn watch(system: System) -> Result<()> {
    system.show_output();
    while interrupt::check().is_ok() {
        system.check()?;
        sleep(TICK);
    }
    line("");
    let step = Step::begin("stopping");
    system.stop()?;
    step.done("everything is stopped; the data stay");
    Ok(())
}

fn print_addresses(system: &System, time: Duration) -> Result<()> {
    let (base, environment) = (system.base_url(), system.environment());
    let other_port = !base.ends_with(":3000");
    let demo = if other_port {
        format!("cargo xtask demo --url {base}")
    } else {
        "cargo xtask demo".to_owned()
    };
    let rows = [
        ("in a browser", format!("{base}/")),
        ("API", format!("{base}/api")),
        ("API document", format!("{base}/api/openapi.json")),
        ("demo", format!("{demo}   (in another terminal)")),
        (
            "admin",
            format!(
                "{}  password {}",
                environment.expect("admin_email")?,
                environment.expect("admin_password")?
            ),
        ),
        ("variables", workspace::shown(environment.path())),
        ("PostgreSQL", system.postgres_url()),
        (
            "log",
            format!(
                "{}   (here only warnings and errors)",
                workspace::shown(&system.folder().join("host.log"))
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
    fn databases_of_another_server_are_dropped_only_under_its_name() {
        let url = "postgres://me@db.example:5433/postgres";
        let server = Administrator::from_url(url, "TEST").unwrap();
        confirm_drop(&server, Some("db.example:5433")).unwrap();
        let error = confirm_drop(&server, Some("localhost:5432")).unwrap_err();
        assert!(error.to_string().contains("nothing is dropped"), "{error}");
    }
}
