//! The way in from outside.

use anyhow::{Context, Result, bail};
use harness::account::{Account, log_in_call};
use harness::admin::Admin;
use harness::client::Client;
use serde_json::Value;

use crate::installation::Installation;
use crate::kubectl;
use crate::reach::Reached;

/// The labels of what Envoy Gateway makes for a Gateway.
const OWNER: &str = "gateway.envoyproxy.io/owning-gateway-name";
const OWNER_NAMESPACE: &str = "gateway.envoyproxy.io/owning-gateway-namespace";

/// The gateway, reachable while this lives.
pub struct Gateway {
    /// Its origin, without a slash at the end.
    pub url: String,
    pub client: Client,
    _reached: Reached,
}

impl Gateway {
    pub async fn find(installation: &Installation) -> Result<Self> {
        let kubectl = &installation.kubectl;
        let gateways = kubectl
            .list(&["gateways.gateway.networking.k8s.io"])
            .await?;
        let gateway = gateways
            .first()
            .context("there is no Gateway in the namespace")?;
        let published = gateway["status"]["addresses"][0]["value"]
            .as_str()
            .unwrap_or_default();
        let port = gateway["spec"]["listeners"][0]["port"]
            .as_u64()
            .unwrap_or(80);
        let port = u16::try_from(port).context("the listener's port")?;
        let reached = match Reached::direct(published, port).await {
            Some(reached) => reached,
            None => Self::service(installation, kubectl::name(gateway), port).await?,
        };
        let url = format!("http://{}", reached.address);
        Ok(Self {
            client: Client::at(&url),
            url,
            _reached: reached,
        })
    }

    /// By the Service that Envoy Gateway makes, wherever it is.
    async fn service(installation: &Installation, gateway: &str, port: u16) -> Result<Reached> {
        let kubectl = &installation.kubectl;
        let selector = format!("{OWNER}={gateway},{OWNER_NAMESPACE}={}", kubectl.namespace);
        let found = kubectl
            .list(&["services", "--all-namespaces", "--selector", &selector])
            .await?;
        let service: &Value = found.first().context("the Gateway has no Service")?;
        let namespace = service["metadata"]["namespace"]
            .as_str()
            .unwrap_or_default();
        Reached::service(
            &kubectl.in_namespace(namespace),
            kubectl::name(service),
            port,
        )
        .await
    }

    /// The administrator, logged in anew.
    pub async fn admin(&self, installation: &Installation) -> Result<Admin> {
        let email = installation.variable("auth", "admin_email").await?;
        let password = installation.variable("auth", "admin_password").await?;
        let answer = log_in_call(&self.client, &email, &password)
            .try_send()
            .await;
        let answer = answer.map_err(|error| anyhow::anyhow!("logging in as {email}: {error}"))?;
        if answer.status != 200 {
            bail!("logging in as {email}: {answer}");
        }
        let token = answer.json()["accessToken"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok(Admin {
            client: self.client.clone(),
            token,
        })
    }

    /// A new account.
    pub async fn account(&self) -> Account {
        Account::register(&self.client).await
    }
}
