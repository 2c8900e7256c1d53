//! The installation that is tested, and the pages' procedures on it.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use procedures::{Copy, Pages, Script};
use serde_json::Value;
use stack::{SERVICES, workspace};
use tokio::process::Command;

use crate::kubectl::{self, Kubectl};
use crate::program;
use crate::settings::Settings;
use crate::wait::{self, Seen};

/// How long everything may take to get ready: images are pulled, databases made.
const READY: Duration = Duration::from_secs(900);
/// What a healthy cluster of CloudNativePG says.
const HEALTHY: &str = "Cluster in healthy state";

pub struct Installation {
    pub kubectl: Kubectl,
    pub settings: Settings,
    pages: Pages,
    deploy: Copy,
}

impl Installation {
    /// Prepares the access to the cluster; installs nothing.
    pub async fn open(settings: Settings) -> Result<Self> {
        // Kept, with the dependencies of the charts: items can be run one by one.
        let folder = workspace::local().join("cluster-check");
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let kubectl = Kubectl {
            config: folder.join("kubeconfig"),
            namespace: settings.namespace.clone(),
        };
        // A file of its own: the pages choose a namespace in it.
        let mut view = Command::new("kubectl");
        view.env("KUBECONFIG", &settings.kubeconfig);
        view.args(["config", "view", "--raw", "--flatten", "--minify"]);
        let config = program::run("kubectl config view", view, Duration::from_secs(20)).await?;
        fs::write(&kubectl.config, config).context("writing a kubeconfig")?;
        let context = [
            "config",
            "set-context",
            "--current",
            "--namespace",
            &settings.namespace,
        ];
        kubectl.run(&context).await?;
        Ok(Self {
            kubectl,
            settings,
            pages: Pages::read(&workspace::root())?,
            deploy: Copy::make(&workspace::root(), &folder.join("deploy"))?,
        })
    }

    /// These steps of the pages, with the images of `tag`.
    pub fn script(&self, steps: &[&str], tag: &str) -> Result<Script> {
        let settings = &self.settings;
        let script = Script::of(&self.pages, &self.deploy, steps, &settings.namespace)?;
        let mut script = script
            .with("KUBECONFIG", &self.kubectl.config.to_string_lossy())
            .with("REGISTRY", &settings.registry)
            .with("TAG", tag);
        let files = [
            ("SERVICE_VALUES", &settings.service_values),
            ("METRICS_VALUES", &settings.metrics_values),
        ];
        for (name, file) in files {
            if let Some(file) = file {
                script = script.with(name, file);
            }
        }
        Ok(script)
    }

    /// The names of the pages' steps that begin with `prefix`.
    pub fn steps(&self, prefix: &str) -> Vec<&str> {
        self.pages.steps(prefix)
    }

    /// Runs a script; returns what it printed and how long it took.
    pub async fn run(
        &self,
        what: &str,
        script: &Script,
        limit: Duration,
    ) -> Result<(String, Duration)> {
        let began = Instant::now();
        let printed = program::run(what, script.command().into(), limit).await?;
        Ok((printed, began.elapsed()))
    }

    /// Runs one step of the pages.
    pub async fn step(&self, step: &str, limit: Duration) -> Result<Duration> {
        let script = self.script(&[step], &self.settings.tag)?;
        let what = format!("the step {step}");
        Ok(self.run(&what, &script, limit).await?.1)
    }

    /// Whether all services are installed.
    pub async fn is_there(&self) -> Result<bool> {
        let apps = self.kubectl.names(&["spinapps"]).await.unwrap_or_default();
        Ok(SERVICES.iter().all(|service| {
            apps.iter()
                .any(|app| app.ends_with(&format!("/zakaz-{service}")))
        }))
    }

    /// Waits until everything in the namespace runs as it should; returns how long that took.
    pub async fn ready(&self) -> Result<Duration> {
        self.ready_within(READY).await
    }

    pub async fn ready_within(&self, limit: Duration) -> Result<Duration> {
        let waited = wait::until("everything to be ready", limit, async || {
            Ok(wait::nothing(self.unready().await?))
        });
        Ok(waited.await?.1)
    }

    /// What is not as it should be.
    async fn unready(&self) -> Result<Vec<String>> {
        let mut unready = Vec::new();
        for kind in ["deployments", "statefulsets"] {
            for object in self.kubectl.list(&[kind]).await? {
                let (wanted, status) = (
                    object["spec"]["replicas"].as_i64().unwrap_or(1),
                    &object["status"],
                );
                let number = |name: &str| status[name].as_i64().unwrap_or(0);
                let current = number("observedGeneration")
                    >= object["metadata"]["generation"].as_i64().unwrap_or(0);
                let available = if kind == "deployments" {
                    "availableReplicas"
                } else {
                    "readyReplicas"
                };
                let updated = number("updatedReplicas") == wanted && number("replicas") == wanted;
                if !current || !updated || number(available) != wanted {
                    unready.push(format!(
                        "{} ({} of {wanted})",
                        kubectl::name(&object),
                        number(available)
                    ));
                }
            }
        }
        for cluster in self.kubectl.list(&["clusters.postgresql.cnpg.io"]).await? {
            let (spec, status) = (&cluster["spec"], &cluster["status"]);
            let phase = status["phase"].as_str().unwrap_or("no phase");
            if phase != HEALTHY || status["readyInstances"] != spec["instances"] {
                unready.push(format!("{} ({phase})", kubectl::name(&cluster)));
            }
        }
        for job in self.kubectl.list(&["jobs"]).await? {
            let completed =
                conditions(&job).any(|(kind, state)| kind == "Complete" && state == "True");
            // Jobs of a schedule are not waited for.
            if !completed && job["metadata"]["ownerReferences"].is_null() {
                unready.push(format!("the Job {}", kubectl::name(&job)));
            }
        }
        Ok(unready)
    }

    /// The value of a variable of `spin.toml` for an app.
    pub async fn variable(&self, service: &str, name: &str) -> Result<String> {
        let app = self
            .kubectl
            .json(&["get", "spinapp", &format!("zakaz-{service}")])
            .await?;
        let variables = app["spec"]["variables"].as_array().into_iter().flatten();
        let mut variables = variables.filter(|variable| variable["name"] == name);
        let variable = variables
            .next()
            .with_context(|| format!("zakaz-{service} has no variable {name}"))?;
        self.value_of(variable).await
    }

    /// The plain value of an app's variable, or the Secret's.
    pub async fn value_of(&self, variable: &Value) -> Result<String> {
        if let Some(value) = variable["value"].as_str() {
            return Ok(value.to_owned());
        }
        let reference = &variable["valueFrom"]["secretKeyRef"];
        let names = reference["name"].as_str().zip(reference["key"].as_str());
        let (secret, key) =
            names.with_context(|| format!("the variable {} has no value", variable["name"]))?;
        if reference["optional"] == true {
            let value = self.kubectl.secret_if_there(secret, key).await?;
            return Ok(value.unwrap_or_default());
        }
        self.kubectl.secret(secret, key).await
    }

    /// Upgrades one release, keeping its values and setting these.
    pub async fn set(&self, release: &str, values: &[&str]) -> Result<()> {
        self.upgrade(release, "--set", values).await
    }

    /// The same, with values that are texts, whatever they look like.
    pub async fn set_texts(&self, release: &str, values: &[&str]) -> Result<()> {
        self.upgrade(release, "--set-string", values).await
    }

    async fn upgrade(&self, release: &str, option: &str, values: &[&str]) -> Result<()> {
        let mut command = Command::new("helm");
        command.env("KUBECONFIG", &self.kubectl.config);
        command
            .args(["upgrade", release, "--dependency-update"])
            .arg(self.deploy.chart(release));
        command.args([
            "--namespace",
            &self.kubectl.namespace,
            "--reset-then-reuse-values",
        ]);
        values.iter().for_each(|value| {
            command.args([option, value]);
        });
        let what = format!("helm upgrade {release}");
        program::run(&what, command, Duration::from_secs(300)).await?;
        Ok(())
    }

    /// Waits until a namespace is gone.
    pub async fn delete_namespace(&self, namespace: &str) -> Result<()> {
        self.kubectl
            .run(&[
                "delete",
                "namespace",
                namespace,
                "--ignore-not-found",
                "--wait=false",
            ])
            .await?;
        let limit = Duration::from_secs(300);
        let gone = wait::until("the namespace to be gone", limit, async || {
            Ok(match self.kubectl.exists("namespace", namespace).await? {
                true => Seen::Missing(format!("{namespace} is still there")),
                false => Seen::Done(()),
            })
        });
        gone.await.map(drop)
    }
}

/// The conditions of an object: type and status.
fn conditions(object: &Value) -> impl Iterator<Item = (&str, &str)> {
    let conditions = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    conditions.filter_map(|it| Some((it["type"].as_str()?, it["status"].as_str()?)))
}
