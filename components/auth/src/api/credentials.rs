//! The bodies of a login and of a change of password.

use serde::Deserialize;
use service::{Json, Problem, web::rule};
use utoipa::ToSchema;

use crate::domain::opaque_string::{GivenPassword, NewPassword};

/// An e-mail and a password. The e-mail's syntax is not checked: a login with an invalid one fails like one with
/// an unknown e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(
        value_type = String,
        example = "correct horse battery staple",
        min_length = 1,
        max_length = 128
    )]
    pub password: GivenPassword,
}

impl Credentials {
    pub fn read(json: &Json) -> Result<Self, Problem> {
        json.read(|form| Self {
            email: form.required("email", rule::any_text),
            password: form.required("password", GivenPassword::rule),
        })
    }
}

/// The password as it is, and as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(value_type = String, min_length = 1, max_length = 128)]
    pub current_password: GivenPassword,
    #[schema(
        value_type = String,
        example = "correct horse battery staple",
        min_length = 8,
        max_length = 128
    )]
    pub new_password: NewPassword,
}

impl PasswordChange {
    pub fn read(json: &Json) -> Result<Self, Problem> {
        json.read(|form| Self {
            current_password: form.required("currentPassword", GivenPassword::rule),
            new_password: form.required("newPassword", NewPassword::rule),
        })
    }
}
