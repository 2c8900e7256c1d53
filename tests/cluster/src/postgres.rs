//! The databases as CloudNativePG keeps them.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::installation::Installation;
use crate::wait::{self, Seen};

/// The container of an instance.
pub const CONTAINER: &str = "postgres";
/// An instance is copied from another; a promoted one follows a timeline.
const HEALTHY: Duration = Duration::from_secs(600);

/// A cluster of instances, one of which is the primary.
pub struct Cluster<'a> {
    installation: &'a Installation,
    pub name: String,
}

impl<'a> Cluster<'a> {
    /// The one of a service.
    pub async fn of(installation: &'a Installation, service: &str) -> Result<Self> {
        let host = installation
            .variable(service, &format!("{service}_db_host"))
            .await?;
        let host = host.split([':', '.']).next().unwrap_or_default();
        Ok(Self {
            installation,
            name: host.trim_end_matches("-rw").to_owned(),
        })
    }

    async fn object(&self) -> Result<Value> {
        self.installation
            .kubectl
            .json(&["get", "clusters.postgresql.cnpg.io", &self.name])
            .await
    }

    /// How many instances it should have.
    pub async fn instances(&self) -> Result<i64> {
        self.object().await?["spec"]["instances"]
            .as_i64()
            .context("a cluster without instances")
    }

    /// The pod of the primary.
    pub async fn primary(&self) -> Result<String> {
        let object = self.object().await?;
        let primary = object["status"]["currentPrimary"].as_str();
        Ok(primary
            .with_context(|| format!("{} has no primary", self.name))?
            .to_owned())
    }

    /// The pods of the other instances.
    pub async fn replicas(&self) -> Result<Vec<String>> {
        let (primary, selector) = (
            self.primary().await?,
            format!("cnpg.io/cluster={}", self.name),
        );
        let pods = self
            .installation
            .kubectl
            .names(&["pods", "--selector", &selector])
            .await?;
        let pods = pods.iter().filter_map(|pod| pod.strip_prefix("pod/"));
        Ok(pods
            .filter(|pod| *pod != primary)
            .map(str::to_owned)
            .collect())
    }

    /// Waits until it has this many instances, all healthy and none behind; returns how long that took.
    pub async fn healthy(&self, instances: i64) -> Result<Duration> {
        let what = format!("{} to have {instances} healthy instances", self.name);
        let waited = wait::until(&what, HEALTHY, async || {
            let object = self.object().await?;
            let status = &object["status"];
            let phase = status["phase"].as_str().unwrap_or_default();
            let ready = status["readyInstances"].as_i64().unwrap_or(0);
            if phase != "Cluster in healthy state" || ready != instances {
                return Ok(Seen::Missing(format!("{ready} are ready, {phase}")));
            }
            let streaming = self
                .sql("select count(*) from pg_stat_replication where state = 'streaming'")
                .await?;
            Ok(match streaming.parse() == Ok(instances - 1) {
                true => Seen::Done(()),
                false => Seen::Missing(format!("{streaming} replicas stream")),
            })
        });
        Ok(waited.await?.1)
    }

    /// The pod of an instance, by the identity that a new pod of the same name does not have.
    pub async fn pod_uid(&self, instance: &str) -> Result<String> {
        let pod = self
            .installation
            .kubectl
            .json(&["get", "pod", instance])
            .await?;
        let uid = pod["metadata"]["uid"].as_str();
        Ok(uid
            .with_context(|| format!("{instance} has no identity"))?
            .to_owned())
    }

    /// Waits until there is a primary that does not run in the pod that was killed; returns its name and how long that took.
    /// The operator promotes a replica, unless the killed instance is back before it decides.
    pub async fn next_primary(&self, killed_uid: &str) -> Result<(String, Duration)> {
        let waited = wait::until("the next primary", Duration::from_secs(180), async || {
            let object = self.object().await?;
            let (current, target) = (
                &object["status"]["currentPrimary"],
                &object["status"]["targetPrimary"],
            );
            let name = current.as_str().unwrap_or_default();
            let alive = self.pod_uid(name).await.is_ok_and(|uid| uid != killed_uid)
                && self.sql("select 1").await.is_ok();
            Ok(match alive && current == target {
                true => Seen::Done(name.to_owned()),
                false => Seen::Missing(format!("{current} is the primary, {target} is to be")),
            })
        });
        waited.await
    }

    /// Runs a statement on the primary as the superuser, in its service's database; returns the first value.
    pub async fn sql(&self, statement: &str) -> Result<String> {
        let primary = self.primary().await?;
        let bootstrap = self.object().await?["spec"]["bootstrap"].take();
        let database = ["initdb", "recovery"]
            .iter()
            .find_map(|way| bootstrap[way]["database"].as_str());
        let database = database.unwrap_or("postgres");
        let arguments = [
            "exec",
            &primary,
            "--container",
            CONTAINER,
            "--",
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            database,
            "--command",
            statement,
        ];
        Ok(self
            .installation
            .kubectl
            .run(&arguments)
            .await?
            .trim()
            .to_owned())
    }

    /// Kills the server of an instance, so that it flushes nothing and sends nothing more.
    pub async fn kill_server(&self, instance: &str) -> Result<()> {
        let script = "kill -KILL $(head -n 1 \"$PGDATA/postmaster.pid\")";
        self.installation
            .kubectl
            .shell(instance, CONTAINER, script)
            .await
            .map(drop)
    }

    /// Sends a signal to the process of a replica that receives the primary's changes.
    pub async fn signal_receiver(&self, replica: &str, signal: &str) -> Result<()> {
        let script = format!(
            "for folder in /proc/[0-9]*; do
                 if tr '\\0' ' ' <$folder/cmdline 2>/dev/null | grep -q '^postgres:.*walreceiver'; then
                     kill -{signal} ${{folder##*/}} && exit 0
                 fi
             done
             exit 1"
        );
        let sent = self
            .installation
            .kubectl
            .shell(replica, CONTAINER, &script)
            .await;
        sent.map(drop)
            .with_context(|| format!("sending SIG{signal} to the receiver of {replica}"))
    }
}
