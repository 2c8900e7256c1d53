//! `/api/auth/register`.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use serde_json::Value;
use service::{
    Json, Problem,
    web::{problem::ProblemDocument, rule},
};

use crate::{
    domain::{
        email, password,
        registration::{PASSWORD_LENGTH, Registration},
        user::User,
    },
    state::Auth,
    store,
};

/// Register
///
/// Creates an account. Log in to get tokens.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "auth",
    operation_id = "register",
    request_body = Registration,
    responses(
        (status = 201, description = "The new user.", body = User),
        (status = 409, description = "`EMAIL_TAKEN`: another account has this e-mail.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn register(State(auth): State<Auth>, json: Json) -> Result<impl IntoResponse, Problem> {
    let registration = json.read(|form| Registration {
        email: form.required("email", email_address),
        password: form.required("password", rule::text(PASSWORD_LENGTH)),
        name: form.optional("name", rule::text(1..=200)),
    })?;
    if auth.administrator().has_email(&registration.email) {
        return Err(email_taken());
    }
    let hash = password::hash(&registration.password).map_err(Problem::internal)?;
    let user = store::register(auth.service().database(), &registration, hash).await?;
    let user = user.ok_or_else(email_taken)?;
    Ok((StatusCode::CREATED, axum::Json(user)))
}

fn email_address(value: &Value) -> Result<String, String> {
    let email = rule::string(value)?;
    if email::is_address(email) {
        Ok(email.to_owned())
    } else {
        Err("Must be an e-mail address, such as name@example.com.".into())
    }
}

fn email_taken() -> Problem {
    Problem::conflict("EMAIL_TAKEN", "Another account has this e-mail.")
}
