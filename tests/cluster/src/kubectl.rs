//! `kubectl`, for one cluster and namespace.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use local_resources::TemporaryFolder;
use serde_json::Value;
use tokio::process::Command;

use crate::program;

/// How long one call may take that does not wait for anything.
const CALL: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct Kubectl {
    /// A file of this check's own, whose context names [`Self::namespace`].
    pub config: PathBuf,
    pub namespace: String,
}

impl Kubectl {
    /// `kubectl`, not run yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command.env("KUBECONFIG", &self.config);
        command
            .args(["--namespace", &self.namespace])
            .args(arguments);
        command
    }

    /// The same cluster in another namespace.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            ..self.clone()
        }
    }

    /// Runs it; returns what it printed.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        self.run_within(CALL, arguments).await
    }

    /// Runs what waits for something, for at most `limit`.
    pub async fn run_within(&self, limit: Duration, arguments: &[&str]) -> Result<String> {
        let what = format!("kubectl {}", arguments.join(" "));
        program::run(&what, self.command(arguments), limit).await
    }

    /// What it prints with `-o json`.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let printed = self
            .run(&[arguments, &["--output", "json"]].concat())
            .await?;
        serde_json::from_str(&printed).with_context(|| format!("kubectl {}", arguments.join(" ")))
    }

    /// The objects that `get` finds.
    pub async fn list(&self, arguments: &[&str]) -> Result<Vec<Value>> {
        let mut list = self.json(&[&["get"], arguments].concat()).await?;
        match list["items"].take() {
            Value::Array(items) => Ok(items),
            _ => Ok(vec![list]),
        }
    }

    /// The names of the objects that `get` finds, as `kind/name`.
    pub async fn names(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let printed = self
            .run(&[&["get"], arguments, &["--output", "name"]].concat())
            .await?;
        Ok(printed.lines().map(str::to_owned).collect())
    }

    /// Whether there is such an object.
    pub async fn exists(&self, kind: &str, name: &str) -> Result<bool> {
        let printed = self
            .run(&["get", kind, name, "--ignore-not-found", "--output", "name"])
            .await?;
        Ok(!printed.trim().is_empty())
    }

    /// A value of a Secret.
    pub async fn secret(&self, name: &str, key: &str) -> Result<String> {
        let value = self.secret_if_there(name, key).await?;
        value.with_context(|| format!("the Secret {name} has no {key}"))
    }

    /// A value of a Secret; `None` when the Secret has no such key.
    pub async fn secret_if_there(&self, name: &str, key: &str) -> Result<Option<String>> {
        let secret = self.json(&["get", "secret", name]).await?;
        let Some(encoded) = secret["data"][key].as_str() else {
            return Ok(None);
        };
        let bytes = BASE64_STANDARD
            .decode(encoded)
            .with_context(|| format!("{key} of {name}"))?;
        let value = String::from_utf8(bytes).with_context(|| format!("{key} of {name}"))?;
        Ok(Some(value))
    }

    /// Makes or changes an object.
    pub async fn apply(&self, object: &Value) -> Result<()> {
        let folder = TemporaryFolder::new()?;
        let file = folder.path().join("object.json");
        fs::write(&file, object.to_string()).context("writing an object")?;
        self.run(&["apply", "--filename", &file.to_string_lossy()])
            .await
            .map(drop)
    }

    /// Runs a shell text in a pod's container.
    pub async fn shell(&self, pod: &str, container: &str, script: &str) -> Result<String> {
        self.run(&[
            "exec",
            pod,
            "--container",
            container,
            "--",
            "sh",
            "-c",
            script,
        ])
        .await
    }
}

/// The name of an object.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}
