//! What the environment says about the cluster and the images.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// From environment variables; `cargo xtask test --only cluster` explains them.
pub struct Settings {
    /// Of the cluster that is tested.
    pub kubeconfig: PathBuf,
    /// Where this check installs; deleted and made again.
    pub namespace: String,
    /// Where the images are, and the tag of those that are installed.
    pub registry: String,
    pub tag: String,
    /// The tag of the images to which everything is upgraded.
    pub next_tag: Option<String>,
    /// Files of values that the cluster needs beside the pages' own: for the services, and for `metrics`.
    pub service_values: Option<String>,
    pub metrics_values: Option<String>,
    /// The program that runs the demo: `cargo xtask`.
    pub xtask: PathBuf,
    /// The store of backups; without one they are not tried.
    pub backups: Option<BackupStore>,
}

/// An object store that speaks S3, as the page's variables describe it.
pub struct BackupStore {
    /// `STORE`: `s3://bucket/path`.
    pub path: String,
    /// `STORE_URL`, as pods reach it.
    pub url: String,
    /// `ACCESS_KEY_ID`.
    pub key: String,
    /// `ACCESS_SECRET_KEY`.
    pub secret: String,
}

impl Settings {
    pub fn read(namespace: String) -> Result<Self> {
        Ok(Self {
            kubeconfig: required("KUBECONFIG")?.into(),
            namespace,
            registry: required("REGISTRY")?,
            tag: required("TAG")?,
            next_tag: env::var("NEXT_TAG").ok(),
            service_values: env::var("SERVICE_VALUES").ok(),
            metrics_values: env::var("METRICS_VALUES").ok(),
            xtask: required("ZAKAZ_XTASK")?.into(),
            backups: BackupStore::read()?,
        })
    }
}

impl BackupStore {
    fn read() -> Result<Option<Self>> {
        let Ok(path) = env::var("STORE") else {
            return Ok(None);
        };
        Ok(Some(Self {
            path,
            url: required("STORE_URL")?,
            key: required("ACCESS_KEY_ID")?,
            secret: required("ACCESS_SECRET_KEY")?,
        }))
    }
}

fn required(name: &str) -> Result<String> {
    env::var(name)
        .with_context(|| format!("{name} is not set; tests/cluster/README.md says what it is"))
}
