//! `/api/auth/logout` and `/api/auth/logout-everywhere`.

use axum::extract::State;
use http::StatusCode;
use service::{Json, Problem, identity::caller};

use crate::{
    api::token_pair::PresentedToken, domain::refresh_token::RefreshToken, state::Auth, store,
};

/// Log out
///
/// Ends the session of the refresh token. Anything else than the whole token of a session, also another body, gets the
/// same response and ends nothing. Access tokens stay valid for the rest of their 15 minutes.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    operation_id = "logout",
    request_body = PresentedToken,
    responses((status = 204, description = "The token can no longer be used."))
)]
pub async fn logout(
    State(auth): State<Auth>,
    json: Result<Json, Problem>,
) -> Result<StatusCode, Problem> {
    let presented = json.and_then(|json| PresentedToken::read(&json));
    let presented = presented.ok();
    if let Some(token) = presented.and_then(|it| RefreshToken::parse(&it.refresh_token)) {
        let genuine = token.is_genuine(auth.keyed_hashes());
        store::end_session(auth.service().database(), &token, genuine).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Log out everywhere
///
/// Ends every session of the user: no refresh token can be used any more. Access tokens stay valid for the rest of their
/// 15 minutes.
#[utoipa::path(
    post,
    path = "/api/auth/logout-everywhere",
    tag = "auth",
    operation_id = "logoutEverywhere",
    security(("accessToken" = [])),
    responses((status = 204, description = "Every session has ended."))
)]
pub async fn logout_everywhere(
    caller: caller::User,
    State(auth): State<Auth>,
) -> Result<StatusCode, Problem> {
    store::end_sessions(auth.service().database(), caller.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
