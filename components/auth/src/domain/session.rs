//! Sessions: how they begin, and how their refresh tokens are exchanged.

use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{access::Access, keyed_hash::KeyedHash, refresh_token::RefreshToken};

/// A session to begin.
pub struct NewSession {
    pub id: Uuid,
    pub token: RefreshToken,
    /// The id of its first access token.
    pub access_id: Uuid,
}

impl NewSession {
    pub fn new(keyed_hash: &KeyedHash) -> Result<Self, getrandom::Error> {
        Ok(Self {
            id: Uuid::now_v7(),
            token: RefreshToken::first(keyed_hash)?,
            access_id: Uuid::now_v7(),
        })
    }
}

/// An exchange of a refresh token for its successor.
pub struct Exchange {
    pub token: RefreshToken,
    /// Whether this service made the token.
    pub genuine: bool,
    pub successor: RefreshToken,
    /// What the successor is under the other key, while the key is being replaced.
    pub other_successor: Option<RefreshToken>,
    /// The idempotency key.
    pub key: Option<String>,
    /// The id of the access token that is issued with the successor.
    pub access_id: Uuid,
}

/// The result of an exchange.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum ExchangeOutcome {
    /// The token was exchanged for the successor, or for the other one, now or by a request that this one repeats.
    Granted {
        #[serde(flatten)]
        access: Access,
        other: bool,
    },
    /// The idempotency key was used to exchange another token.
    KeyReused,
    /// The token belongs to no session, or was not made by this service, or its successor cannot be made again.
    Unknown,
    /// The token was used before; its session was ended.
    Reused {
        user_id: Uuid,
    },
    Expired,
    /// The administrator's password has changed since the login.
    PasswordChanged,
}
