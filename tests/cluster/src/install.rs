//! From nothing to an order, by the quickstart's own commands; then what must work and what must be shut.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::process::Command;

use crate::gateway::Gateway;
use crate::installation::Installation;
use crate::outcome::{Outcome, note};
use crate::{foreign_pod, program};

/// What the page runs: it waits, and its step `check` has `helm test` of each release.
const COMMANDS: Duration = Duration::from_secs(900);
const DEMO: Duration = Duration::from_secs(300);
/// The suite and the loads are one client, which fails to log in and registers more often than one is allowed.
const RAISED_LIMITS: [&str; 2] = [
    "service.settings.login_failures_per_address=1000000",
    "service.settings.registrations_per_address=1000000",
];
/// What must not lead inside: the plain paths, and spellings of them that a proxy might read otherwise than a service.
const SHUT: [&str; 10] = [
    "/internal/orders/metrics",
    "/internal/billing/metrics",
    "/internal/auth/metrics",
    "/internal/warehouse/metrics",
    "/internal/delivery/metrics",
    "/internal/orders/recover",
    "//internal/orders/metrics",
    "/api/orders/../../internal/orders/metrics",
    "/api/orders/%2e%2e/%2e%2e/internal/orders/metrics",
    "/api/orders/..%2f..%2finternal/orders/metrics",
];

pub async fn check(installation: &Installation) -> Result<Outcome> {
    let namespace = &installation.kubectl.namespace;
    if installation.kubectl.exists("namespace", namespace).await? {
        note(&format!("deleting the namespace {namespace}"));
        installation.delete_namespace(namespace).await?;
    }
    let ready = install(installation).await?;
    let demo = demo(installation).await?;
    let shut = shut_from_outside(installation).await?;
    let foreign = foreign_pod::check(installation).await?;
    Ok(Outcome::Passed(format!(
        "ready in {} s, the demo's four endings {} s later; helm test of all six; {shut} paths are shut; {foreign}",
        ready.as_secs(),
        demo.as_secs()
    )))
}

/// Installs by the page's steps and waits; returns how long it took. Then the limits of a client's address are raised.
pub async fn install(installation: &Installation) -> Result<Duration> {
    let began = Instant::now();
    for step in ["namespace", "install", "check"] {
        let took = installation.step(step, COMMANDS).await?;
        note(&format!("the step {step}: {} s", took.as_secs()));
    }
    installation.ready().await?;
    let took = began.elapsed();
    installation.set_texts("auth", &RAISED_LIMITS).await?;
    installation.ready().await?;
    Ok(took)
}

/// Runs the demo; returns how long it took.
pub async fn demo(installation: &Installation) -> Result<Duration> {
    let began = Instant::now();
    let gateway = Gateway::find(installation).await?;
    note(&format!("the demo, at {}", gateway.url));
    let mut command = Command::new(&installation.settings.xtask);
    command.args(["demo", "--lang", "en", "--url", &gateway.url]);
    command.env(
        "ADMIN_EMAIL",
        installation.variable("auth", "admin_email").await?,
    );
    command.env(
        "ADMIN_PASSWORD",
        installation.variable("auth", "admin_password").await?,
    );
    program::run("the demo", command, DEMO).await?;
    Ok(began.elapsed())
}

/// Calls what is inside through the gateway; returns how many paths were tried.
async fn shut_from_outside(installation: &Installation) -> Result<usize> {
    let gateway = Gateway::find(installation).await?;
    let token = installation
        .kubectl
        .secret("zakaz-shared", "operator_token")
        .await?;
    for path in SHUT {
        // With the right token: the gateway has to refuse, not the service.
        let answer = gateway.client.get(path).bearer(&token).try_send().await;
        match answer {
            Ok(answer) if matches!(answer.status, 400 | 404) => {}
            Ok(answer) => bail!("{path} is answered {} from outside", answer.status),
            Err(error) => bail!("{path}: {error}"),
        }
    }
    Ok(SHUT.len())
}
