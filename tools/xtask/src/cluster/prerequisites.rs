//! Which prerequisites a cluster has already.

use anyhow::{Context, Result};

use super::access::Access;

/// The definitions that show that an operator is there.
const DEFINITIONS: [&str; 5] = [
    "spinapps.core.spinkube.dev",
    "clusters.postgresql.cnpg.io",
    "rabbitmqclusters.rabbitmq.com",
    "httproutes.gateway.networking.k8s.io",
    "servicemonitors.monitoring.coreos.com",
];

/// The definitions that the cluster lacks.
pub fn missing(access: &Access) -> Result<Vec<&'static str>> {
    let there = access
        .kubectl(&["get", "crd", "--output", "name"])
        .context("asking the cluster")?;
    let has = |name: &&str| {
        there
            .lines()
            .any(|line| line.split_once('/').is_some_and(|(_, crd)| crd == *name))
    };
    Ok(DEFINITIONS.into_iter().filter(|name| !has(name)).collect())
}
