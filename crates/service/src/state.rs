//! What every request of an instance shares.

use std::sync::Arc;

use crate::{
    config::{self, ConfigError},
    database::Database,
    domain::Domain,
    identity::token::{AccessTokens, ServiceTokens},
};

/// What every request of an instance shares; cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    domain: Domain,
    database: Database,
    access_tokens: AccessTokens,
    service_tokens: ServiceTokens,
    operator_token: String,
}

impl Service {
    /// Reads the component's variables; opens nothing.
    pub async fn from_variables(domain: Domain) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Parts {
            domain,
            database: Database::from_variables().await?,
            access_tokens: AccessTokens::from_variables().await?,
            service_tokens: ServiceTokens::from_variables(domain).await?,
            operator_token: config::secret("operator_token").await?,
        })))
    }

    pub fn domain(&self) -> Domain {
        self.0.domain
    }

    pub fn database(&self) -> &Database {
        &self.0.database
    }

    pub fn access_tokens(&self) -> &AccessTokens {
        &self.0.access_tokens
    }

    pub fn service_tokens(&self) -> &ServiceTokens {
        &self.0.service_tokens
    }

    pub(crate) fn operator_token(&self) -> &str {
        &self.0.operator_token
    }
}
