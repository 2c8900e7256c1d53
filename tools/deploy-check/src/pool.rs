//! `max_connections` of PostgreSQL covers the pools of all pods.

use anyhow::{Context, Result};

use crate::charts::SERVICES;
use crate::objects::text;
use crate::workspace;

/// Connections kept for operators, migrations and PostgreSQL itself.
const OTHERS: u64 = 20;

pub fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for service in SERVICES {
        let values = workspace::yaml(workspace::deploy().join(service).join("values.yaml"))?;
        let number = |path: &str| {
            values
                .pointer(path)
                .and_then(|it| it.as_u64())
                .with_context(|| format!("{service}: {path}"))
        };
        let pods = number("/replicas")?.max(number("/autoscaling/maxReplicas")?);
        let replaced = pods.div_ceil(4);
        let needed = (pods + replaced) * number("/database/pool")? + OTHERS;
        let parameters = &values["postgres"]["cluster"]["postgresql"]["parameters"];
        let taken: u64 = text(&parameters["max_connections"])
            .parse()
            .with_context(|| format!("{service}: max_connections"))?;
        if taken < needed {
            faults.push(format!(
                "{service}: max_connections is {taken}, and {pods} pods need {needed}"
            ));
        }
    }
    Ok(faults)
}
