//! The bodies of requests and responses that carry refresh tokens.

use serde::{Deserialize, Serialize};
use service::{Json, Problem, identity::token::ACCESS_SECONDS, web::rule};
use utoipa::ToSchema;

use crate::{
    domain::{access::Access, refresh_token::RefreshToken},
    state::Auth,
};

/// An access token, and the refresh token for the next pair.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenPair {
    /// A JWT (EdDSA) for `Authorization: Bearer`.
    access_token: String,
    #[schema(value_type = String, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// How long the access token is valid after its `iat`, in seconds.
    #[schema(example = 900)]
    expires_in: i64,
    /// Can be used once, within 30 days, and not later than 90 days after the login.
    refresh_token: String,
}

impl TokenPair {
    /// Signs the access token of a pair.
    pub fn issue(
        auth: &Auth,
        access: &Access,
        refresh_token: &RefreshToken,
    ) -> Result<Self, Problem> {
        Ok(Self {
            access_token: auth.signer().sign(access).map_err(Problem::internal)?,
            token_type: "Bearer",
            expires_in: ACCESS_SECONDS,
            refresh_token: refresh_token.text(),
        })
    }
}

/// The refresh token to exchange, or of the session to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PresentedToken {
    pub refresh_token: String,
}

impl PresentedToken {
    pub fn read(json: &Json) -> Result<Self, Problem> {
        json.read(|form| Self {
            refresh_token: form.required("refreshToken", rule::any_text),
        })
    }
}
