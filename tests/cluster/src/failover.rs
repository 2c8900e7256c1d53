//! Pods and primaries are killed while customers order. Nothing that was acknowledged may be lost, and the cluster gets
//! well by itself.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use stack::SERVICES;
use tokio::time::sleep;

use crate::installation::Installation;
use crate::load::Load;
use crate::outcome::{Outcome, note};
use crate::postgres::Cluster;

/// How long a replica lags, with the customers at work, before its primary is killed.
const LAG: Duration = Duration::from_secs(8);
/// The numbers of instances that are tried: with two a commit waits for the one that lags, with three for any other.
const INSTANCES: [(&str, i64); 5] = [
    ("billing", 2),
    ("order", 3),
    ("warehouse", 2),
    ("delivery", 2),
    ("auth", 2),
];
/// How often each primary is killed: a former one must be able to come back.
const TIMES: usize = 2;

pub async fn check(installation: &Installation) -> Result<Outcome> {
    let mut measured = vec![pods(installation).await?, all_pods(installation).await?];
    for (service, instances) in INSTANCES {
        measured.push(primary(installation, service, instances).await?);
    }
    Ok(Outcome::Passed(measured.join("; ")))
}

/// A pod of each service.
async fn pods(installation: &Installation) -> Result<String> {
    let load = Load::start(installation).await?;
    let mut slowest = Duration::ZERO;
    for service in SERVICES {
        note(&format!("a pod of {service} is killed"));
        let pods = app_pods(
            installation,
            &format!(",app.kubernetes.io/name=zakaz-{service}"),
        )
        .await?;
        let pod = pods
            .first()
            .with_context(|| format!("{service} has no pod"))?;
        kill(installation, std::slice::from_ref(pod)).await?;
        slowest = slowest.max(installation.ready().await?);
        load.orders(5).await?;
    }
    let finished = load.finish(installation).await?;
    Ok(format!(
        "a pod of each service killed: ready again within {} s, {finished}",
        slowest.as_secs()
    ))
}

/// All pods of the services at once.
async fn all_pods(installation: &Installation) -> Result<String> {
    note("all pods of the services are killed");
    let load = Load::start(installation).await?;
    kill(installation, &app_pods(installation, "").await?).await?;
    let ready = installation.ready().await?;
    load.orders(20).await?;
    let finished = load.finish(installation).await?;
    Ok(format!(
        "all pods killed: ready again after {} s, {finished}",
        ready.as_secs()
    ))
}

/// The primary of a service's database, with a replica that lags.
async fn primary(installation: &Installation, service: &str, instances: i64) -> Result<String> {
    let cluster = Cluster::of(installation, service).await?;
    let before = cluster.instances().await?;
    note(&format!("{service} gets {instances} instances"));
    resize(installation, &cluster, service, instances).await?;
    let mut measured = Vec::new();
    for _ in 0..TIMES {
        measured.push(kill_primary(installation, &cluster, service, instances).await?);
    }
    resize(installation, &cluster, service, before).await?;
    Ok(format!(
        "{service}'s primary of {instances} killed: {}",
        measured.join(", again: ")
    ))
}

async fn kill_primary(
    installation: &Installation,
    cluster: &Cluster<'_>,
    service: &str,
    instances: i64,
) -> Result<String> {
    let load = Load::start(installation).await?;
    let primary = cluster.primary().await?;
    let replicas = cluster.replicas().await?;
    let lagging = replicas
        .first()
        .with_context(|| format!("{} has no replica", cluster.name))?;
    note(&format!(
        "{lagging} lags, then {primary}, the primary of {service}, is killed"
    ));
    cluster.signal_receiver(lagging, "STOP").await?;
    sleep(LAG).await;
    let killed = cluster.pod_uid(&primary).await?;
    let began = Instant::now();
    cluster.kill_server(&primary).await?;
    kill(installation, &[format!("pod/{primary}")]).await?;
    // What it had not received is lost with the connection. A stopped process would also not end for the promotion.
    let _ = cluster.signal_receiver(lagging, "KILL").await;
    let (next, _) = cluster.next_primary(&killed).await?;
    let promoted = began.elapsed();
    let which = match next == primary {
        true => "the same one",
        false => "another",
    };
    let again = load.orders(10).await?;
    let healthy = cluster.healthy(instances).await?;
    let finished = load.finish(installation).await?;
    Ok(format!(
        "{which} after {} s, orders again after {} s, whole again after {} s, {finished}",
        promoted.as_secs(),
        (promoted + again).as_secs(),
        (promoted + again + healthy).as_secs()
    ))
}

async fn resize(
    installation: &Installation,
    cluster: &Cluster<'_>,
    service: &str,
    instances: i64,
) -> Result<()> {
    let value = format!("service.database.instances={instances}");
    installation.set(service, &[&value]).await?;
    cluster.healthy(instances).await?;
    installation.ready().await.map(drop)
}

/// The pods of the services, narrowed by more labels.
async fn app_pods(installation: &Installation, more: &str) -> Result<Vec<String>> {
    let selector = format!("app.kubernetes.io/part-of=zakaz,app.kubernetes.io/component=app{more}");
    let pods = installation
        .kubectl
        .names(&["pods", "--selector", &selector])
        .await?;
    if pods.is_empty() {
        bail!("there are no pods with {selector}");
    }
    Ok(pods)
}

/// Kills pods without giving them time.
async fn kill(installation: &Installation, pods: &[String]) -> Result<()> {
    let mut arguments = vec!["delete", "--grace-period=0", "--force", "--wait=false"];
    arguments.extend(pods.iter().map(String::as_str));
    installation.kubectl.run(&arguments).await.map(drop)
}
