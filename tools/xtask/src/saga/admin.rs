//! The administrator of a running system.

use anyhow::{Result, bail};

use crate::client::Client;
use crate::demo;

/// The administrator, logged in.
pub struct Admin {
    pub client: Client,
    pub token: String,
}

impl Admin {
    /// Logs in at the system at `url`.
    pub fn log_in(url: &str) -> Result<Self> {
        let client = Client::new(url, "en");
        if !client.is_there() {
            bail!(
                "nothing answers at {url}/api/orders/healthz; where is Zakaz running? --url says it"
            );
        }
        let admin = demo::credentials()?;
        let token = client.log_in(&admin.email, &admin.password)?;
        Ok(Self { client, token })
    }
}
