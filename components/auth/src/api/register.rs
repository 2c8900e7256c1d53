//! `/api/auth/register`.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use service::{Json, Problem, web::problem::ProblemDocument};

use crate::{
    domain::{password, registration::Registration, user::User},
    state::Auth,
    store,
};

/// Register
///
/// Makes an account. It has no tokens yet: log in to get them.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "auth",
    operation_id = "register",
    request_body = Registration,
    responses(
        (status = 201, description = "The new user.", body = User),
        (status = 409, description = "`EMAIL_TAKEN`: somebody has this e-mail.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn register(State(auth): State<Auth>, json: Json) -> Result<impl IntoResponse, Problem> {
    let registration = Registration::read(&json)?;
    if auth.administrator().has_email(&registration.email) {
        return Err(taken());
    }
    let hash = password::hash(&registration.password).map_err(Problem::internal)?;
    let user = store::register(auth.service().database(), &registration, hash).await?;
    let user = user.ok_or_else(taken)?;
    Ok((StatusCode::CREATED, axum::Json(user)))
}

fn taken() -> Problem {
    Problem::conflict("EMAIL_TAKEN", "Somebody has an account with this e-mail.")
}
