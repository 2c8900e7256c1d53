//! What a user logs in with.

use serde::Deserialize;
use serde_json::Value;
use service::{Json, Problem, web::rule};
use utoipa::ToSchema;

/// An e-mail and a password. Whether the e-mail could be one is not asked: that it is nobody's says
/// enough.
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
            email: form.required("email", any_text),
            password: form.required("password", rule::text(1..=128)),
        })
    }
}

/// A string of any length.
pub fn any_text(value: &Value) -> Result<String, String> {
    rule::string(value).map(str::to_owned)
}
