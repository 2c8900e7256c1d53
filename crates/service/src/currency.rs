//! The one currency of a deployment.

use serde::Serialize;
use utoipa::ToSchema;

use crate::config::{self, ConfigError};

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
