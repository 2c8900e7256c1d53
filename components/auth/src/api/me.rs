//! `/api/auth/me`.

use axum::{extract::State, response::IntoResponse};
use service::{Problem, Service, identity::caller};

use crate::{api::response::NO_STORE, domain::user::User, store};

/// Show the current user
#[utoipa::path(
    get,
    path = "/api/auth/me",
    tag = "auth",
    operation_id = "showUser",
    security(("accessToken" = [])),
    responses((status = 200, description = "The user.", body = User))
)]
pub async fn show(
    caller: caller::User,
    State(service): State<Service>,
) -> Result<impl IntoResponse, Problem> {
    let user = store::user(service.database(), caller.id).await?;
    let user =
        user.ok_or_else(|| Problem::unauthenticated("The user of this token does not exist."))?;
    Ok(([NO_STORE], axum::Json(user)))
}
