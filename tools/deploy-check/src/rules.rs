//! What `promtool` finds wrong with the alert rules, their unit tests and the dashboards' queries.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{alerts, workspace};

pub fn faults() -> Result<Vec<String>> {
    let folder = workspace::deploy().join("metrics/rules");
    let names = workspace::names(&folder)?;
    let named = |suffix: &str| {
        names
            .iter()
            .filter(|name| name.ends_with(suffix))
            .cloned()
            .collect::<Vec<_>>()
    };
    let promtool = std::env::var("PROMTOOL").unwrap_or("promtool".into());
    let run = |what: &str, files: Vec<String>| {
        let checked = Command::new(&promtool)
            .args([what, "rules"])
            .args(files)
            .current_dir(&folder)
            .output()
            .with_context(|| format!("starting {promtool}: install it (Debian: `apt-get install prometheus`), or name it in PROMTOOL"))?;
        let said = [checked.stdout, checked.stderr].concat();
        let fault =
            (!checked.status.success()).then(|| String::from_utf8_lossy(&said).into_owned());
        anyhow::Ok(fault)
    };
    // As rules, the panels' queries are parsed as well.
    let panels = workspace::local().join("deploy-check/panels.rules.yaml");
    fs::write(&panels, alerts::panels_as_rules()?.to_string())?;
    let mut rules = named(".rules.yaml");
    rules.push(panels.display().to_string());
    let checked = run("check", rules)?;
    let tested = run("test", named(".test.yaml"))?;
    Ok(checked.into_iter().chain(tested).collect())
}
