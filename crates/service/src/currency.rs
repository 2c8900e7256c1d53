//! The one currency of a deployment.

use axum::extract::FromRef;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    config::{self, ConfigError},
    domain::Domain,
    state::Service,
};

/// The currency whose minor units every amount counts: three capital letters (ISO 4217).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = "RUB", pattern = "^[A-Z]{3}$")]
pub struct Currency(String);

impl Currency {
    /// The value of the variable `currency`.
    pub async fn from_variables() -> Result<Self, ConfigError> {
        Self::new(config::required("currency").await?)
    }

    fn new(code: String) -> Result<Self, ConfigError> {
        if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(code))
        } else {
            Err(ConfigError::invalid(
                "currency",
                "not three capital letters, such as RUB",
            ))
        }
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A service that shows amounts, and so the currency beside them.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert!(Currency::new("RUB".into()).is_ok());
        for bad in ["rub", "RUBL", "R1B", "РУБ", ""] {
            assert!(Currency::new(bad.into()).is_err(), "{bad}");
        }
    }
}
