//! `/api/auth/logout`.

use axum::extract::State;
use http::StatusCode;
use service::{Json, Problem};

use crate::{
    domain::{refresh_token::RefreshToken, token_pair::PresentedToken},
    state::Auth,
    store,
};

/// Log out
///
/// Ends the session that the refresh token is of; a token of no session is as welcome. Access tokens
/// stay good for the rest of their 15 minutes.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    operation_id = "logout",
    request_body = PresentedToken,
    responses((status = 204, description = "The token is of no use now."))
)]
pub async fn logout(State(auth): State<Auth>, json: Json) -> Result<StatusCode, Problem> {
    let presented = PresentedToken::read(&json)?;
    if let Some(token) = RefreshToken::read(&presented.refresh_token) {
        store::close_session(auth.service().database(), &token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
