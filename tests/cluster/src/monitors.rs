//! Prometheus on the cluster: every target is read, and an alert fires and ends.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use stack::SERVICES;

use crate::installation::Installation;
use crate::kubectl;
use crate::load::Load;
use crate::outcome::{Outcome, note};
use crate::postgres::Cluster;
use crate::reach::Reached;
use crate::wait::{self, Seen};

/// Of Prometheus.
const PORT: u16 = 9090;
const TARGETS: Duration = Duration::from_secs(300);
/// The alert is due after a minute, read and evaluated every half.
const ALERT: Duration = Duration::from_secs(420);
const WALLET: &str = "ZakazWalletInvariant";
/// What the ledger of the broken wallet lacks, in minor units.
const MISSING: i64 = 700;

pub async fn check(installation: &Installation) -> Result<Outcome> {
    let Some(prometheus) = Prometheus::find(installation).await? else {
        return Ok(Outcome::Skipped("the cluster has no Prometheus".to_owned()));
    };
    let load = Load::start(installation).await?;
    load.finish(installation).await?;

    note("targets");
    let (targets, _) = wait::until("every target to be read", TARGETS, async || {
        let targets = prometheus.targets()?;
        let down: Vec<String> = targets.iter().filter_map(Target::fault).collect();
        Ok(match down.is_empty() && !targets.is_empty() {
            true => Seen::Done(targets),
            false => Seen::Missing(format!(
                "of {} targets {} are down: {}",
                targets.len(),
                down.len(),
                down.join("; ")
            )),
        })
    })
    .await?;
    let databases = databases(&prometheus, installation).await?;

    note(&format!("{WALLET}: a wallet is changed without its ledger"));
    let billing = Cluster::of(installation, "billing").await?;
    change_wallet(&billing, MISSING).await?;
    let fired = alert(&prometheus, true).await;
    let repaired = Instant::now();
    change_wallet(&billing, -MISSING).await?;
    let fired = fired?;
    alert(&prometheus, false).await?;
    Ok(Outcome::Passed(format!(
        "{} targets are read, {databases} databases among them; {WALLET} fires after {} s and ends {} s after the repair",
        targets.len(),
        fired.as_secs(),
        repaired.elapsed().as_secs()
    )))
}

/// Whether the metrics of every database are read; returns how many there are.
async fn databases(prometheus: &Prometheus, installation: &Installation) -> Result<usize> {
    let namespace = &installation.kubectl.namespace;
    let (count, _) = wait::until("the metrics of every database", TARGETS, async || {
        let up = prometheus.query(&format!(
            "cnpg_collector_up{{namespace=\"{namespace}\"}} == 1"
        ))?;
        Ok(match up.len() >= SERVICES.len() {
            true => Seen::Done(up.len()),
            false => Seen::Missing(format!(
                "those of {} of {} are there",
                up.len(),
                SERVICES.len()
            )),
        })
    })
    .await?;
    Ok(count)
}

/// Adds money to a wallet without an entry in its ledger, past all triggers, as no code could.
async fn change_wallet(billing: &Cluster<'_>, amount: i64) -> Result<()> {
    let statement = format!(
        "set session_replication_role = replica; update wallets set deposited = deposited + {amount} \
         where id = (select id from wallets where balance > {MISSING} order by id limit 1)"
    );
    billing.sql(&statement).await.map(drop)
}

/// Waits until the alert fires, or does not.
async fn alert(prometheus: &Prometheus, firing: bool) -> Result<Duration> {
    let what = format!("{WALLET} to {}", if firing { "fire" } else { "end" });
    let (_, took) = wait::until(&what, ALERT, async || {
        let states = prometheus.alert(WALLET)?;
        let reached = match firing {
            true => states.iter().any(|state| state == "firing"),
            false => states.is_empty(),
        };
        Ok(match reached {
            true => Seen::Done(()),
            false => Seen::Missing(format!("its states are {states:?}")),
        })
    })
    .await?;
    Ok(took)
}

struct Prometheus(Reached);

struct Target {
    name: String,
    health: String,
    error: String,
}

impl Target {
    /// Why it is not read.
    fn fault(&self) -> Option<String> {
        (self.health != "up").then(|| format!("{} is {}: {}", self.name, self.health, self.error))
    }
}

impl Prometheus {
    /// The one of the namespace, or else of the cluster.
    async fn find(installation: &Installation) -> Result<Option<Self>> {
        let kubectl = &installation.kubectl;
        let mut services = kubectl.list(&["services", "--all-namespaces"]).await?;
        services.retain(|service| {
            let mut ports = service["spec"]["ports"].as_array().into_iter().flatten();
            kubectl::name(service).ends_with("prometheus") && ports.any(|port| port["port"] == PORT)
        });
        let namespace = |service: &Value| {
            let namespace = &service["metadata"]["namespace"];
            namespace.as_str().unwrap_or_default().to_owned()
        };
        services.sort_by_key(|service| namespace(service) != kubectl.namespace);
        let Some(service) = services.first() else {
            return Ok(None);
        };
        let there = kubectl.in_namespace(&namespace(service));
        let reached = Reached::service(&there, kubectl::name(service), PORT).await?;
        Ok(Some(Self(reached)))
    }

    fn targets(&self) -> Result<Vec<Target>> {
        let data = self.get("targets", &[("state", "active")])?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let targets = data["activeTargets"].as_array().into_iter().flatten();
        Ok(targets
            .map(|target| Target {
                name: text(&target["scrapePool"]),
                health: text(&target["health"]),
                error: text(&target["lastError"]),
            })
            .collect())
    }

    /// The series of an instant query.
    fn query(&self, expression: &str) -> Result<Vec<Value>> {
        let data = self.get("query", &[("query", expression)])?;
        Ok(data["result"].as_array().cloned().unwrap_or_default())
    }

    /// The states of an alert: `pending`, `firing`.
    fn alert(&self, name: &str) -> Result<Vec<String>> {
        let data = self.get("alerts", &[])?;
        let alerts = data["alerts"].as_array().into_iter().flatten();
        let alerts = alerts.filter(|alert| alert["labels"]["alertname"] == name);
        Ok(alerts
            .filter_map(|alert| alert["state"].as_str().map(str::to_owned))
            .collect())
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = format!("http://{}/api/v1/{path}", self.0.address);
        let request = ureq::get(&url)
            .config()
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        let mut answer = request
            .query_pairs(query.iter().copied())
            .call()
            .with_context(|| format!("asking Prometheus for {path}"))?;
        let mut answer: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        if answer["status"] != "success" {
            bail!("Prometheus says: {}", answer["error"]);
        }
        Ok(answer["data"].take())
    }
}
