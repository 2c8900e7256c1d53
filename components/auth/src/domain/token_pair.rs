//! What a client gets for its credentials or its refresh token.

use serde::{Deserialize, Serialize};
use service::{Json, Problem, identity::token::ACCESS_SECONDS};
use utoipa::ToSchema;

use crate::domain::credentials::any_text;

/// An access token and the refresh token to get the next pair with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenPair {
    /// A JWT (EdDSA) for `Authorization: Bearer`.
    access_token: String,
    #[schema(value_type = String, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// How long the access token is good for from its `iat` on, in seconds.
    #[schema(example = 900)]
    expires_in: i64,
    /// Good once, for 30 days, and not beyond 90 days after the login.
    refresh_token: String,
}

impl TokenPair {
    pub fn new(access_token: String, refresh_token: String) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: ACCESS_SECONDS,
            refresh_token,
        }
    }
}

/// The refresh token to exchange, or whose session is to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PresentedToken {
    pub refresh_token: String,
}

impl PresentedToken {
    pub fn read(json: &Json) -> Result<Self, Problem> {
        json.read(|form| Self {
            refresh_token: form.required("refreshToken", any_text),
        })
    }
}
