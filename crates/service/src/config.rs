//! The component's variables, which a deployment sets. They are read once per instance.

use std::str::FromStr;

use spin_sdk::variables;

/// A variable that is missing or invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the variable `{0}` has no value; set it in the component's variables")]
    Missing(&'static str),
    #[error("the variable `{name}` is {problem}")]
    Invalid { name: &'static str, problem: String },
}

impl ConfigError {
    /// `problem` completes the sentence "the variable is …".
    pub fn invalid(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            name,
            problem: problem.into(),
        }
    }
}

/// The value of a variable; it may be empty.
pub async fn text(name: &'static str) -> Result<String, ConfigError> {
    variables::get(name)
        .await
        .map_err(|_| ConfigError::Missing(name))
}

/// The value of a variable that must not be empty.
pub async fn required(name: &'static str) -> Result<String, ConfigError> {
    let value = text(name).await?;
    if value.is_empty() {
        return Err(ConfigError::Missing(name));
    }
    Ok(value)
}

/// The value of a variable that must parse as a `T`, such as a number.
pub async fn parsed<T: FromStr>(name: &'static str) -> Result<T, ConfigError> {
    let value = required(name).await?;
    value
        .parse()
        .map_err(|_| ConfigError::invalid(name, format!("not a {}", std::any::type_name::<T>())))
}

/// The value of a secret. One of less than 16 characters is refused, because it can be guessed.
pub async fn secret(name: &'static str) -> Result<String, ConfigError> {
    long_enough(name, required(name).await?)
}

/// The value of a secret that may be empty, which means that there is none.
pub async fn optional_secret(name: &'static str) -> Result<Option<String>, ConfigError> {
    let value = text(name).await?;
    if value.is_empty() {
        return Ok(None);
    }
    long_enough(name, value).map(Some)
}

fn long_enough(name: &'static str, secret: String) -> Result<String, ConfigError> {
    if secret.len() < 16 {
        return Err(ConfigError::invalid(name, "shorter than 16 characters"));
    }
    Ok(secret)
}
