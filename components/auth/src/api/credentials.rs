//! The body of a login.

use serde::Deserialize;
use service::{Json, Problem, web::rule};
use utoipa::ToSchema;

/// An e-mail and a password. The e-mail's syntax is not checked: a login with an invalid one fails like one with
/// an unknown e-mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(
        example = "correct horse battery staple",
        min_length = 1,
        max_length = 128
    )]
    pub password: String,
}

impl Credentials {
    pub fn read(json: &Json) -> Result<Self, Problem> {
        json.read(|form| Self {
            email: form.required("email", rule::any_text),
            password: form.required("password", rule::text(1..=128)),
        })
    }
}
