//! The CloudNativePG `Cluster` objects of the charts.

use std::collections::BTreeMap;
use std::env;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

/// The parts of a `Cluster` that the operator makes databases and roles of.
#[derive(Clone, Debug, Deserialize)]
pub struct Cluster {
    pub metadata: Metadata,
    pub spec: Spec,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Spec {
    bootstrap: Bootstrap,
    #[serde(default)]
    pub managed: Managed,
    #[serde(default)]
    pub postgresql: Postgresql,
}

#[derive(Clone, Debug, Deserialize)]
struct Bootstrap {
    initdb: InitDb,
}

/// What is run once, when the cluster is made.
#[derive(Clone, Debug, Deserialize)]
pub struct InitDb {
    pub database: String,
    pub owner: String,
    /// Run in the database `postgres`.
    #[serde(default, rename = "postInitSQL")]
    pub post_init: Vec<String>,
    /// Run in `template1`.
    #[serde(default, rename = "postInitTemplateSQL")]
    pub post_init_template: Vec<String>,
    /// Run in `database`.
    #[serde(default, rename = "postInitApplicationSQL")]
    pub post_init_application: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Managed {
    #[serde(default)]
    pub roles: Vec<Role>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub name: String,
    #[serde(default)]
    pub login: bool,
    /// -1: no limit.
    #[serde(default = "unlimited")]
    pub connection_limit: i32,
}

const fn unlimited() -> i32 {
    -1
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Postgresql {
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    pub synchronous: Option<Synchronous>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Synchronous {
    method: String,
    number: u32,
}

impl Cluster {
    /// Those of the objects that `ZAKAZ_CHARTS` names, one of each service.
    pub fn all() -> Result<Vec<Self>> {
        let file = env::var("ZAKAZ_CHARTS").context(
            "ZAKAZ_CHARTS is not set: the rendered charts, as `cargo xtask test --only databases` writes them",
        )?;
        let text = fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
        let objects: Vec<Value> =
            serde_json::from_str(&text).with_context(|| format!("parsing {file}"))?;
        let clusters: Vec<Self> = objects
            .into_iter()
            .filter(|object| {
                object["kind"] == "Cluster"
                    && object["apiVersion"]
                        .as_str()
                        .is_some_and(|version| version.starts_with("postgresql.cnpg.io/"))
            })
            .map(|object| serde_json::from_value(object).context("a Cluster of the charts"))
            .collect::<Result<_>>()?;
        if clusters.len() != 5 {
            bail!("the charts have {} Clusters, and not five", clusters.len());
        }
        Ok(clusters)
    }

    /// That of one service.
    pub fn of(service: &str) -> Result<Self> {
        let all = Self::all()?;
        all.into_iter()
            .find(|cluster| cluster.service() == service)
            .with_context(|| format!("the charts have no Cluster of {service}"))
    }

    /// The service whose database this is.
    pub fn service(&self) -> &str {
        let database = &self.initdb().database;
        database.strip_prefix("zakaz_").unwrap_or(database)
    }

    pub fn initdb(&self) -> &InitDb {
        &self.spec.bootstrap.initdb
    }

    /// The role that the service logs in as.
    pub fn role(&self) -> Result<&str> {
        match self.spec.managed.roles.as_slice() {
            [role] => Ok(&role.name),
            roles => bail!("{}: {} managed roles", self.metadata.name, roles.len()),
        }
    }

    /// `synchronous_standby_names` of an instance whose possible standbys are `others`, as the operator writes it; empty
    /// for asynchronous replication.
    pub fn synchronous_standby_names(&self, others: &[&str]) -> String {
        let names: Vec<String> = others.iter().map(|name| format!("\"{name}\"")).collect();
        match &self.spec.postgresql.synchronous {
            Some(Synchronous { method, number }) if !names.is_empty() => {
                format!("{} {number} ({})", method.to_uppercase(), names.join(","))
            }
            _ => String::new(),
        }
    }
}
