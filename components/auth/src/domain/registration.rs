//! What a new user is registered with.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::opaque_string::NewPassword;

/// A user to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// An ASCII address whose domain has a dot; an international domain in its `xn--` form. It is stored as it
    /// is, and compared without regard to case.
    #[schema(
        example = "anna@example.com",
        max_length = 254,
        pattern = "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
    )]
    pub email: String,
    /// Compared by RFC 8265 (OpaqueString): in whatever normal form it is typed.
    #[schema(
        value_type = String,
        example = "correct horse battery staple",
        min_length = 8,
        max_length = 128
    )]
    pub password: NewPassword,
    #[schema(example = "Anna", min_length = 1, max_length = 200)]
    pub name: Option<String>,
}
