//! What stays when everything is uninstalled, and that an installation finds it again.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::install;
use crate::installation::Installation;
use crate::kubectl;
use crate::load::Load;
use crate::outcome::{Outcome, note};
use crate::snapshot::Snapshot;
use crate::wait;

const COMMANDS: Duration = Duration::from_secs(600);
const GONE: Duration = Duration::from_secs(300);
/// What may stay: the databases with all that CloudNativePG makes for them, where they are backed up to, their volumes and
/// network policies, the secrets; and what Kubernetes itself puts into every namespace.
const STAYING: [&str; 6] = [
    "secret/",
    "persistentvolumeclaim/",
    "cluster.postgresql.cnpg.io/",
    "objectstore.barmancloud.cnpg.io/",
    "configmap/cnpg-default-monitoring",
    "configmap/kube-root-ca.crt",
];
const POLICY: &str = "networkpolicy.networking.k8s.io/";
/// Kinds that say what happened, and not what is there.
const RECORDS: [&str; 3] = [
    "events",
    "events.events.k8s.io",
    "endpointslices.discovery.k8s.io",
];

pub async fn check(installation: &Installation) -> Result<Outcome> {
    let load = Load::start(installation).await?;
    load.finish(installation).await?;
    let before = Snapshot::take(installation).await?;

    note("uninstalling");
    let began = Instant::now();
    installation.step("uninstall", COMMANDS).await?;
    let mut left = Vec::new();
    wait::until("everything else to be gone", GONE, async || {
        left = objects(installation).await?;
        let more = left.iter().filter(|object| !object.stays);
        Ok(wait::nothing(
            more.map(|object| object.name.clone()).collect(),
        ))
    })
    .await?;
    let uninstalled = began.elapsed();
    let outside = outside(installation).await?;
    if !outside.is_empty() {
        bail!(
            "outside the namespace there is still {}",
            outside.join(", ")
        );
    }
    let count = |prefix: &str| {
        left.iter()
            .filter(|object| object.name.starts_with(prefix))
            .count()
    };
    let stays = format!(
        "{} databases, {} volumes and {} secrets stay",
        count("cluster.postgresql.cnpg.io/"),
        count("persistentvolumeclaim/"),
        count("secret/")
    );

    note("installing again");
    let ready = install::install(installation).await?;
    let after = Snapshot::take(installation).await?;
    if before != after {
        bail!(
            "before the uninstallation there was {before:?}, and after the next installation {after:?}"
        );
    }
    let load = Load::start(installation).await?;
    load.finish(installation).await?;
    Ok(Outcome::Passed(format!(
        "gone in {} s, {stays}; installed again in {} s, with the same {} orders, wallets, stock and accounts",
        uninstalled.as_secs(),
        ready.as_secs(),
        after.orders
    )))
}

/// An object of the namespace.
struct Left {
    /// `kind/name`.
    name: String,
    stays: bool,
}

/// Everything in the namespace. What an object that stays owns, stays with it.
async fn objects(installation: &Installation) -> Result<Vec<Left>> {
    let kubectl = &installation.kubectl;
    let kinds = kubectl
        .run(&[
            "api-resources",
            "--namespaced",
            "--verbs=list,delete",
            "--output=name",
        ])
        .await?;
    let mut left = Vec::new();
    for kind in kinds.lines().filter(|kind| !RECORDS.contains(kind)) {
        for object in kubectl.list(&[kind]).await? {
            let name = kubectl::name(&object);
            let group = kind
                .split_once('.')
                .map_or(String::new(), |(_, group)| format!(".{group}"));
            let singular = object["kind"].as_str().unwrap_or(kind).to_lowercase();
            let owners = object["metadata"]["ownerReferences"]
                .as_array()
                .into_iter()
                .flatten();
            let mut owners = owners.filter_map(|owner| owner["kind"].as_str());
            let name = format!("{singular}{group}/{name}");
            let of_a_database = owners.any(|owner| owner == "Cluster")
                || object["metadata"]["labels"]["cnpg.io/cluster"].is_string();
            let annotations = &object["metadata"]["annotations"];
            let kept_policy =
                name.starts_with(POLICY) && annotations["helm.sh/resource-policy"] == "keep";
            let stays = of_a_database
                || kept_policy
                || STAYING.iter().any(|staying| name.starts_with(staying))
                || name == "serviceaccount/default";
            left.push(Left { name, stays });
        }
    }
    Ok(left)
}

/// Objects of no namespace that a release has made.
async fn outside(installation: &Installation) -> Result<Vec<String>> {
    let kubectl = &installation.kubectl;
    let kinds = kubectl
        .run(&[
            "api-resources",
            "--namespaced=false",
            "--verbs=list,delete",
            "--output=name",
        ])
        .await?;
    let mut found = Vec::new();
    for kind in kinds.lines() {
        for object in kubectl.list(&[kind]).await? {
            let of = &object["metadata"]["annotations"]["meta.helm.sh/release-namespace"];
            if *of == installation.kubectl.namespace.as_str() {
                found.push(format!("{kind}/{}", kubectl::name(&object)));
            }
        }
    }
    Ok(found)
}
