//! The suite of the HTTP contract: `/api` through the gateway, `/internal` at the services themselves.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use harness::databases::Service;
use local_resources::TemporaryFolder;
use stack::{SERVICES, workspace};
use tokio::process::Command;

use crate::books::{Books, Place};
use crate::gateway::Gateway;
use crate::installation::Installation;
use crate::outcome::{Outcome, note};
use crate::program;
use crate::reach::Reached;

const BUILD: Duration = Duration::from_secs(1800);
const LIMIT: Duration = Duration::from_secs(1200);
/// Tests of what no request through the gateway reaches: the page at `/`, which the charts expose to nobody, and a path with
/// a zero byte, which Envoy refuses itself.
const NOT_REACHED: [&str; 2] = ["home::", "a_path_with_a_zero_byte_is_404"];
/// The value of a required variable that a service does not use.
const UNUSED: &str = "unused";
pub async fn check(installation: &Installation) -> Result<Outcome> {
    note("building the suite");
    program::run("building the suite e2e", cargo(&["--no-run"]), BUILD).await?;
    note("the suite");
    let contract = run(installation).await?;
    let books = Books::open(installation).await?;
    books.settled().await?;
    books.balance().await?;
    Ok(Outcome::Passed(format!("{contract}; the books balance")))
}

/// `cargo test` of the suite.
fn cargo(more: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root());
    // `cargo run` describes this package; the next cargo must not take that for its own.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.args(["test", "--package", "e2e", "--test", "e2e"]);
    command.args(more);
    command
}

/// Runs it; returns how many tests passed.
async fn run(installation: &Installation) -> Result<String> {
    let folder = TemporaryFolder::new()?;
    let file = folder.path().join("env");
    fs::write(&file, variables(installation).await?).context("writing the variables")?;
    let gateway = Gateway::find(installation).await?;

    let mut command = cargo(&["--", "--test-threads=4"]);
    for name in NOT_REACHED {
        command.args(["--skip", name]);
    }
    command
        .env("ZAKAZ_BASE_URL", &gateway.url)
        .env("ZAKAZ_ENV_FILE", &file);
    for without in [
        "ZAKAZ_NO_CONTROL",
        "ZAKAZ_NO_TELEMETRY",
        "ZAKAZ_NO_HOST_LOG",
    ] {
        command.env(without, "1");
    }
    let mut kept = Vec::new();
    let mut inside = Vec::new();
    for service in SERVICES {
        let reached =
            Reached::service(&installation.kubectl, &format!("zakaz-{service}"), 80).await?;
        let segment = if service == "order" {
            "orders"
        } else {
            service
        };
        inside.push(format!("{segment}=http://{}", reached.address));
        kept.push(reached);
    }
    command.env("ZAKAZ_INTERNAL_URLS", inside.join(","));
    for service in Service::ALL {
        let place = Place::of(installation, service).await?;
        command.env(
            format!("ZAKAZ_{}_DB_URL", service.to_string().to_uppercase()),
            place.url,
        );
        kept.push(place.reached);
    }
    let printed = program::run("the suite e2e", command, LIMIT).await?;
    summary(&printed)
}

/// `test result: ok. 64 passed; 0 failed; …`, and what was skipped.
fn summary(printed: &str) -> Result<String> {
    let mut results = printed
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "));
    let Some(result) = results.next_back() else {
        bail!("the suite e2e printed no result:\n{printed}");
    };
    let passed = result.split(';').next().unwrap_or_default();
    let skipped = printed.lines().filter(|line| line.starts_with("skipped"));
    let skipped: String = skipped.map(|line| format!(", {line}")).collect();
    Ok(format!(
        "e2e {passed}, without {}{skipped}",
        NOT_REACHED.join(", ")
    ))
}

/// The variables of all apps, as lines of a file. One that another app uses wins over one that is not used.
async fn variables(installation: &Installation) -> Result<String> {
    let mut values = BTreeMap::new();
    for service in SERVICES {
        let app = installation
            .kubectl
            .json(&["get", "spinapp", &format!("zakaz-{service}")])
            .await?;
        for variable in app["spec"]["variables"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str().unwrap_or_default().to_uppercase();
            let value = installation.value_of(variable).await?;
            if value != UNUSED {
                values.insert(name, value);
            }
        }
    }
    let mut lines = String::new();
    for (name, value) in values {
        // A line each: a PEM's ends of lines are written `\n`, which the suite reads.
        let value = value.trim_end().replace('\n', "\\n");
        writeln!(
            lines,
            "SPIN_VARIABLE_{name}='{}'",
            value.replace('\'', r"'\''")
        )?;
    }
    Ok(lines)
}
