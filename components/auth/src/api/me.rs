//! `/api/auth/me`.

use axum::{extract::State, response::IntoResponse};
use service::{Problem, Service, identity::caller};

use crate::{api::NOT_STORED, domain::user::User, store};

/// Show the user who is calling
#[utoipa::path(
    get,
    path = "/api/auth/me",
    tag = "auth",
    operation_id = "showUser",
    security(("accessToken" = [])),
    responses((status = 200, description = "The user, as of now.", body = User))
)]
pub async fn show(
    caller: caller::User,
    State(service): State<Service>,
) -> Result<impl IntoResponse, Problem> {
    let user = store::user(service.database(), caller.id).await?;
    let user = user.ok_or_else(|| Problem::unauthenticated("The user of this token is gone."))?;
    Ok(([NOT_STORED], axum::Json(user)))
}
