//! What all requests of an instance share.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRef;

use crate::{
    config::ConfigError,
    currency::Currency,
    database::Database,
    domain::Domain,
    identity::{
        service_token::ServiceTokens,
        token::{AccessTokens, OperatorToken},
    },
};

/// What all requests of an instance share. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    domain: Domain,
    database: Database,
    access_tokens: AccessTokens,
    service_tokens: ServiceTokens,
    operator_token: OperatorToken,
    currency_is_confirmed: OnceLock<()>,
}

impl Service {
    /// Reads the component's variables; opens nothing.
    pub async fn from_variables(domain: Domain) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Parts {
            domain,
            database: Database::from_variables().await?,
            access_tokens: AccessTokens::from_variables().await?,
            service_tokens: ServiceTokens::from_variables(domain).await?,
            operator_token: OperatorToken::from_variables().await?,
            currency_is_confirmed: OnceLock::new(),
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

    pub fn operator_token(&self) -> &OperatorToken {
        &self.0.operator_token
    }

    /// Whether this instance knows that the variable `currency` is the database's.
    pub(crate) fn currency_is_confirmed(&self) -> bool {
        self.0.currency_is_confirmed.get().is_some()
    }

    pub(crate) fn confirm_currency(&self) {
        self.0.currency_is_confirmed.get_or_init(|| ());
    }
}

/// A [`Service`] that shows amounts of money, and so needs their currency.
#[derive(Clone)]
pub struct PricedService {
    service: Service,
    currency: Currency,
}

impl PricedService {
    /// Reads the component's variables; opens nothing.
    pub async fn from_variables(domain: Domain) -> Result<Self, ConfigError> {
        Ok(Self {
            service: Service::from_variables(domain).await?,
            currency: Currency::from_variables().await?,
        })
    }
}

impl FromRef<PricedService> for Service {
    fn from_ref(state: &PricedService) -> Self {
        state.service.clone()
    }
}

impl FromRef<PricedService> for Currency {
    fn from_ref(state: &PricedService) -> Self {
        state.currency.clone()
    }
}
