//! A pod of another namespace reaches nothing of the installation; seen with a control, because some clusters enforce no
//! NetworkPolicies.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use stack::SERVICES;

use crate::installation::Installation;
use crate::kubectl::{self, Kubectl};
use crate::outcome::note;

/// The one that may connect to where it likes, and the one that a policy forbids it.
const FREE: &str = "free";
const DENIED: &str = "denied";
const READY: Duration = Duration::from_secs(120);
/// How long an attempt to connect may take.
const SECONDS: u32 = 3;

/// Says what it cannot reach, or that the cluster enforces nothing.
pub async fn check(installation: &Installation) -> Result<String> {
    note("a foreign pod");
    let namespace = format!("{}-foreign", installation.kubectl.namespace);
    installation.delete_namespace(&namespace).await?;
    let kubectl = installation.kubectl.in_namespace(&namespace);
    kubectl.run(&["create", "namespace", &namespace]).await?;
    let said = probe(installation, &kubectl).await;
    installation.delete_namespace(&namespace).await?;
    said
}

async fn probe(installation: &Installation, foreign: &Kubectl) -> Result<String> {
    make_pods(installation, foreign).await?;
    // The control: the API server, as every pod reaches it that no policy holds.
    let api = "kubernetes.default.svc:443";
    if !connects(foreign, FREE, api).await? {
        bail!(
            "a pod without policies does not reach {api}: nothing can be said about the policies"
        );
    }
    let enforced = !connects(foreign, DENIED, api).await?;
    let targets = targets(installation).await?;
    let mut open = Vec::new();
    for target in &targets {
        if connects(foreign, FREE, target).await? {
            open.push(target.clone());
        }
    }
    match (enforced, open.is_empty()) {
        (false, _) => Ok("this cluster enforces no NetworkPolicies".to_owned()),
        (true, true) => Ok(format!(
            "a foreign pod reaches none of {} ports",
            targets.len()
        )),
        (true, false) => bail!("a foreign pod reaches {}", open.join(", ")),
    }
}

/// The ports of the databases, the services and the broker, as `host:port`.
async fn targets(installation: &Installation) -> Result<Vec<String>> {
    let namespace = &installation.kubectl.namespace;
    let mut targets = Vec::new();
    for service in installation.kubectl.list(&["services"]).await? {
        let name = kubectl::name(&service);
        let ours = SERVICES
            .iter()
            .any(|it| name.starts_with(&format!("zakaz-{it}")));
        if !ours && !name.starts_with("zakaz-rabbitmq") {
            continue;
        }
        // Without an address of its own it leads to no pod by this name alone.
        if service["spec"]["clusterIP"] == "None" {
            continue;
        }
        for port in service["spec"]["ports"].as_array().into_iter().flatten() {
            targets.push(format!("{name}.{namespace}.svc:{}", port["port"]));
        }
    }
    if targets.len() < 2 * SERVICES.len() {
        bail!(
            "there are {} ports, and five services with databases have more",
            targets.len()
        );
    }
    Ok(targets)
}

/// Two pods with a shell that can connect: of the databases' image, which the cluster has.
async fn make_pods(installation: &Installation, foreign: &Kubectl) -> Result<()> {
    let clusters = installation
        .kubectl
        .list(&["clusters.postgresql.cnpg.io"])
        .await?;
    let image = clusters
        .first()
        .and_then(|cluster| cluster["status"]["image"].as_str());
    let image = image.context("no database says which image it runs")?;
    let pod = |name: &str| {
        let container = json!({
            "name": "shell",
            "image": image,
            "command": ["sleep", "600"],
        });
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "labels": {"is": name}},
            "spec": {
                "containers": [container],
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": false,
            },
        })
    };
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": DENIED},
        "spec": {
            "podSelector": {"matchLabels": {"is": DENIED}},
            "policyTypes": ["Egress"],
            // Names are found, so that the address alone is out of reach.
            "egress": [{"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}],
        },
    });
    foreign.apply(&policy).await?;
    for name in [FREE, DENIED] {
        foreign.apply(&pod(name)).await?;
    }
    let limit = format!("--timeout={}s", READY.as_secs());
    let wait = ["wait", "--for=condition=Ready", "pod", FREE, DENIED, &limit];
    foreign.run_within(READY, &wait).await.map(drop)
}

/// Whether a pod can connect to `host:port`.
async fn connects(foreign: &Kubectl, pod: &str, target: &str) -> Result<bool> {
    let place = target.replace(':', "/");
    let script = format!(
        "if timeout {SECONDS} bash -c '</dev/tcp/{place}' 2>/dev/null; then echo open; else echo shut; fi"
    );
    let said = foreign.shell(pod, "shell", &script).await?;
    Ok(said.trim() == "open")
}
