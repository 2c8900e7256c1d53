//! Each secret is replaced while customers order, by the procedures of the page, and no call fails.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::installation::Installation;
use crate::load::Load;
use crate::outcome::{Outcome, note};

const PREFIX: &str = "rotate-";
const COMMANDS: Duration = Duration::from_secs(900);

pub async fn check(installation: &Installation) -> Result<Outcome> {
    let steps = installation.steps(PREFIX);
    if steps.is_empty() {
        return Ok(Outcome::Skipped(
            "no page has a procedure that rotates a secret".to_owned(),
        ));
    }
    let mut measured = Vec::new();
    for step in steps {
        measured.push(
            rotate(installation, step)
                .await
                .with_context(|| step.to_owned())?,
        );
    }
    Ok(Outcome::Passed(measured.join("; ")))
}

async fn rotate(installation: &Installation, step: &str) -> Result<String> {
    note(step);
    let load = Load::start(installation).await?;
    let took = installation.step(step, COMMANDS).await?;
    installation.ready().await?;
    load.orders(20).await?;
    let finished = load.finish(installation).await?;
    finished.met.no_failure()?;
    let name = step.trim_start_matches(PREFIX);
    Ok(format!("{name} in {} s: {finished}", took.as_secs()))
}
