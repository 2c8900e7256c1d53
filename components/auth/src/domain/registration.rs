//! What it takes to become a user.

use std::ops::RangeInclusive;

use serde::Deserialize;
use service::{Json, Problem, web::rule};
use utoipa::ToSchema;

use crate::domain::email;

/// How many characters a password may have.
pub const PASSWORD_LENGTH: RangeInclusive<usize> = 8..=128;

/// A person who wants an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// An ASCII address whose domain has a dot; an international domain in its `xn--` form. It is kept
    /// as it is given, and is taken when somebody has it in other letter cases.
    #[schema(
        example = "anna@example.com",
        max_length = 254,
        pattern = "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
    )]
    pub email: String,
    #[schema(
        example = "correct horse battery staple",
        min_length = 8,
        max_length = 128
    )]
    pub password: String,
    #[schema(example = "Anna", min_length = 1, max_length = 200)]
    pub name: Option<String>,
}

impl Registration {
    pub fn read(json: &Json) -> Result<Self, Problem> {
        json.read(|form| Self {
            email: form.required("email", email::address),
            password: form.required("password", rule::text(PASSWORD_LENGTH)),
            name: form.optional("name", rule::text(1..=200)),
        })
    }
}
