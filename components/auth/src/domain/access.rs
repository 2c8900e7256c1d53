//! What an access token contains.

use serde::Deserialize;
use service::identity::token::Role;
use uuid::Uuid;

/// The parts of an access token that differ from token to token.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The token's own id.
    #[serde(rename = "accessId")]
    pub id: Uuid,
    #[serde(rename = "userId")]
    pub user: Uuid,
    pub role: Role,
    /// Seconds since 1970.
    pub issued_at: i64,
}
