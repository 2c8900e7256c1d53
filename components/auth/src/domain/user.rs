//! Users.

use serde::{Deserialize, Serialize};
use service::identity::token::Role;
use utoipa::ToSchema;
use uuid::Uuid;

/// A user, as the API shows one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: Uuid,
    /// As it was registered.
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(required = true, example = "Anna")]
    pub name: Option<String>,
    pub role: Role,
    #[schema(format = DateTime, example = "2026-12-01T09:30:00.123Z")]
    pub created_at: String,
}
