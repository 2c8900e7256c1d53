//! `/api/auth/logout`.

use axum::extract::State;
use http::StatusCode;
use service::{Json, Problem};

use crate::{
    api::token_pair::PresentedToken, domain::refresh_token::RefreshToken, state::Auth, store,
};

/// Log out
///
/// Ends the session of the refresh token. A token without a session gets the same response. Access tokens
/// stay valid for the rest of their 15 minutes.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    operation_id = "logout",
    request_body = PresentedToken,
    responses((status = 204, description = "The token can no longer be used."))
)]
pub async fn logout(State(auth): State<Auth>, json: Json) -> Result<StatusCode, Problem> {
    let presented = PresentedToken::read(&json)?;
    if let Some(token) = RefreshToken::parse(&presented.refresh_token) {
        store::close_session(auth.service().database(), &token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
