//! What every request of an instance shares.

use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRef;
use http::{HeaderMap, HeaderName};
use service::{
    Domain, Problem, Service,
    config::{self, ConfigError},
};

use crate::domain::{
    administrator::Administrator,
    client_address,
    keyed_hash::KeyedHash,
    refresh_token::RefreshToken,
    signer::{Access, PrivateKey, Signer},
    token_pair::TokenPair,
};

/// What every request of an instance shares; cheap to clone.
#[derive(Clone)]
pub struct Auth {
    service: Service,
    parts: Arc<Parts>,
}

struct Parts {
    administrator: Administrator,
    keyed_hash: KeyedHash,
    signer: Signer,
    /// The header in which a proxy tells the client's address; without one the host tells it.
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

    pub(crate) fn administrator(&self) -> &Administrator {
        &self.parts.administrator
    }

    pub(crate) fn keyed_hash(&self) -> &KeyedHash {
        &self.parts.keyed_hash
    }

    /// The address that a request comes from.
    pub(crate) fn client_address(&self, headers: &HeaderMap) -> Option<IpAddr> {
        client_address::of(headers, self.parts.proxy_header.as_ref())
    }

    /// The answer to a login or refresh.
    pub(crate) fn pair(
        &self,
        access: &Access,
        refresh_token: &RefreshToken,
    ) -> Result<TokenPair, Problem> {
        let access_token = self.parts.signer.sign(access).map_err(Problem::internal)?;
        Ok(TokenPair::new(access_token, refresh_token.text()))
    }
}

impl FromRef<Auth> for Service {
    fn from_ref(auth: &Auth) -> Self {
        auth.service.clone()
    }
}
