//! Other images, a restart of everything and back again, while customers order.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::installation::Installation;
use crate::load::Load;
use crate::outcome::{Outcome, note};

const COMMANDS: Duration = Duration::from_secs(900);
const ROLLOUT: Duration = Duration::from_secs(600);
/// The pods of the services.
const APPS: &str = "app.kubernetes.io/part-of=zakaz,app.kubernetes.io/component=app";

pub async fn check(installation: &Installation) -> Result<Outcome> {
    let mut measured = Vec::new();
    let load = Load::start(installation).await?;
    if let Some(next) = &installation.settings.next_tag {
        let took = run(installation, "upgrade", next).await?;
        measured.push(format!("upgrade {} s", took.as_secs()));
    }
    let took = restart(installation).await?;
    measured.push(format!("restart of everything {} s", took.as_secs()));
    if installation.settings.next_tag.is_some() {
        let took = run(installation, "rollback", &installation.settings.tag).await?;
        measured.push(format!("rollback {} s", took.as_secs()));
    } else {
        measured.push("no NEXT_TAG, so no other images".to_owned());
    }
    load.orders(20).await?;
    let finished = load.finish(installation).await?;
    finished.met.no_failure()?;
    measured.push(finished.to_string());
    Ok(Outcome::Passed(measured.join(", ")))
}

async fn run(installation: &Installation, step: &str, tag: &str) -> Result<Duration> {
    note(step);
    let began = Instant::now();
    let script = installation.script(&[step], tag)?;
    installation
        .run(&format!("the step {step}"), &script, COMMANDS)
        .await?;
    installation
        .ready()
        .await
        .with_context(|| format!("after the {step}"))?;
    Ok(began.elapsed())
}

/// Replaces every pod of the services, as a change of any of them does.
async fn restart(installation: &Installation) -> Result<Duration> {
    note("a restart of everything");
    let began = Instant::now();
    let kubectl = &installation.kubectl;
    let deployments = deployments(installation).await?;
    for deployment in &deployments {
        kubectl.run(&["rollout", "restart", deployment]).await?;
    }
    for deployment in &deployments {
        kubectl
            .run_within(ROLLOUT, &["rollout", "status", deployment, "--timeout=10m"])
            .await?;
    }
    Ok(began.elapsed())
}

/// The Deployments of the services, which the Spin operator makes.
async fn deployments(installation: &Installation) -> Result<Vec<String>> {
    let pods = installation
        .kubectl
        .list(&["pods", "--selector", APPS])
        .await?;
    let names = pods
        .iter()
        .filter_map(|pod| pod["metadata"]["labels"]["app.kubernetes.io/name"].as_str());
    let mut names: Vec<String> = names.map(|name| format!("deployment/{name}")).collect();
    names.sort();
    names.dedup();
    Ok(names)
}
