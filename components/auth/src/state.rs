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
    keyed_hash::KeyedHash,
    signer::{PrivateKey, Signer},
};

/// What all requests of an instance share. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    service: Service,
    parts: Arc<Parts>,
}

struct Parts {
    administrator: Administrator,
    keyed_hash: KeyedHash,
    signer: Signer,
    proxy_header: Option<HeaderName>,
}

impl Auth {
    /// Reads the component's variables; opens nothing.
    pub async fn from_variables() -> Result<Self, ConfigError> {
        let service = Service::from_variables(Domain::Auth).await?;
        let private_key = PrivateKey::parse(&config::required("auth_private_key").await?)?;
        let signer = Signer::new(&private_key, service.access_tokens())?;
        let keyed_hash = KeyedHash::new(private_key.der())
            .map_err(|error| ConfigError::invalid("auth_private_key", error.to_string()))?;
        let administrator = Administrator::new(
            &config::required("admin_email").await?,
            &config::required("admin_password").await?,
            &keyed_hash,
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
                keyed_hash,
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

    pub fn keyed_hash(&self) -> &KeyedHash {
        &self.parts.keyed_hash
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
