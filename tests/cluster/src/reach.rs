//! Reaching a Service from this machine: by its address in the cluster where that leads there, as on a node, else by
//! `kubectl port-forward`.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::timeout;

use crate::kubectl::Kubectl;

const CONNECT: Duration = Duration::from_secs(2);
const FORWARD: Duration = Duration::from_secs(20);

/// A Service's port that can be reached while this lives.
pub struct Reached {
    /// `host:port`.
    pub address: String,
    _forward: Option<Child>,
}

impl Reached {
    /// The port of a Service.
    pub async fn service(kubectl: &Kubectl, service: &str, port: u16) -> Result<Self> {
        let object = kubectl.json(&["get", "service", service]).await?;
        let address = object["spec"]["clusterIP"].as_str().unwrap_or_default();
        if let Some(direct) = Self::direct(address, port).await {
            return Ok(direct);
        }
        Self::forwarded(kubectl, &format!("service/{service}"), port).await
    }

    /// An address, when something listens there.
    pub async fn direct(host: &str, port: u16) -> Option<Self> {
        let address = format!("{host}:{port}");
        let connected = timeout(CONNECT, TcpStream::connect(&address)).await;
        matches!(connected, Ok(Ok(_))).then_some(Self {
            address,
            _forward: None,
        })
    }

    async fn forwarded(kubectl: &Kubectl, target: &str, port: u16) -> Result<Self> {
        let mut command = kubectl.command(&["port-forward", target, &format!(":{port}")]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .context("running kubectl")?;
        let output = child.stdout.take().context("kubectl has no output")?;
        let mut lines = BufReader::new(output).lines();
        let first = timeout(FORWARD, lines.next_line()).await;
        let first = first.with_context(|| format!("forwarding {target} did not begin"))??;
        let first = first.with_context(|| format!("{target}:{port} cannot be forwarded"))?;
        // `Forwarding from 127.0.0.1:41033 -> 5432`
        let local = first.split_whitespace().nth(2);
        let address = local
            .with_context(|| format!("kubectl says: {first}"))?
            .to_owned();
        // Its later lines are read, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            address,
            _forward: Some(child),
        })
    }
}
