//! What all requests of an instance share.

use std::sync::Arc;

use axum::extract::FromRef;
use http::HeaderName;
use service::{
    Domain, Service,
    config::{self, ConfigError},
};

use crate::domain::{
    administrator::Administrator,
    keyed_hash::{KeyedHash, KeyedHashes},
    limits::Limits,
    signer::{PrivateKey, Signer},
};

async fn limits() -> Result<Limits, ConfigError> {
    Ok(Limits {
        login_failures: positive("login_failures_per_address").await?,
        registrations: positive("registrations_per_address").await?,
        hashes_per_second: positive("hashes_per_second").await?,
    })
}

async fn positive(name: &'static str) -> Result<i32, ConfigError> {
    match config::parsed(name).await? {
        limit @ 1.. => Ok(limit),
        _ => Err(ConfigError::invalid(name, "less than 1")),
    }
}

fn keyed_hash(key: &str) -> Result<KeyedHash, ConfigError> {
    KeyedHash::new(key.as_bytes())
        .map_err(|error| ConfigError::invalid("refresh_token_key", error.to_string()))
}

/// What all requests of an instance share. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    service: Service,
    parts: Arc<Parts>,
}

struct Parts {
    administrator: Administrator,
    keyed_hashes: KeyedHashes,
    limits: Limits,
    signer: Signer,
    proxy_header: Option<HeaderName>,
}

impl Auth {
    /// Reads the component's variables; opens nothing.
    pub async fn from_variables() -> Result<Self, ConfigError> {
        let service = Service::from_variables(Domain::Auth).await?;
        let private_key = PrivateKey::parse(&config::required("auth_private_key").await?)?;
        let signer = Signer::new(&private_key, service.access_tokens())?;
        let keyed_hashes = KeyedHashes {
            current: keyed_hash(&config::secret("refresh_token_key").await?)?,
            accepted: match config::optional_secret("accepted_refresh_token_key").await? {
                Some(key) => Some(keyed_hash(&key)?),
                None => None,
            },
        };
        let administrator = Administrator::new(
            &config::required("admin_email").await?,
            &config::required("admin_password").await?,
            &keyed_hashes,
        )?;
        let proxy_header = match config::text("client_ip_header").await?.trim() {
            "" => None,
            name => Some(name.parse().map_err(|_| {
                ConfigError::invalid("client_ip_header", "neither empty nor a header's name")
            })?),
        };
        Ok(Self {
            service,
            parts: Arc::new(Parts {
                administrator,
                keyed_hashes,
                limits: limits().await?,
                signer,
                proxy_header,
            }),
        })
    }

    pub fn service(&self) -> &Service {
        &self.service
    }

    pub fn administrator(&self) -> &Administrator {
        &self.parts.administrator
    }

    pub fn keyed_hashes(&self) -> &KeyedHashes {
        &self.parts.keyed_hashes
    }

    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    pub fn signer(&self) -> &Signer {
        &self.parts.signer
    }

    /// The header in which a proxy passes the client's address; without it the host's own header is used.
    pub fn proxy_header(&self) -> Option<&HeaderName> {
        self.parts.proxy_header.as_ref()
    }
}

impl FromRef<Auth> for Service {
    fn from_ref(auth: &Auth) -> Self {
        auth.service.clone()
    }
}
