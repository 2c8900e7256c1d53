//! `/api/auth/password`.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use service::{
    Json, Problem,
    identity::{caller, token::Role},
    web::problem::ProblemDocument,
};

use crate::{
    api::{
        attempt::{self, Admitted, verified},
        credentials::PasswordChange,
    },
    domain::password,
    state::Auth,
    store,
};

/// Change the password
///
/// Ends the user's other sessions: their refresh tokens can no longer be used. A wrong `currentPassword` counts like a
/// failed login. The administrator's password is a setting of the service.
#[utoipa::path(
    put,
    path = "/api/auth/password",
    tag = "auth",
    operation_id = "changePassword",
    security(("accessToken" = [])),
    request_body = PasswordChange,
    responses(
        (status = 204, description = "From now on the new password is the user's."),
        (status = 401, description = "`INVALID_CREDENTIALS`: this is not the current password; or the access token is missing, invalid or expired.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "The administrator's password cannot be changed here.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`TOO_MANY_ATTEMPTS`: wait as long as `Retry-After` says.",
            body = ProblemDocument, content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds."))),
        (status = 503, description = "`TOO_BUSY`: too many passwords are being checked at present.",
            body = ProblemDocument, content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds."))),
    )
)]
pub async fn change(
    caller: caller::User,
    State(auth): State<Auth>,
    headers: HeaderMap,
    json: Json,
) -> Result<StatusCode, Problem> {
    if caller.role == Role::Admin {
        return Err(Problem::forbidden());
    }
    let change = PasswordChange::read(&json)?;
    let database = auth.service().database();
    let user = store::user(database, caller.id).await?;
    let user =
        user.ok_or_else(|| Problem::unauthenticated("The user of this token does not exist."))?;
    if auth.administrator().has_email(&user.email) {
        return Err(Problem::forbidden());
    }
    let Admitted { attempt, account } = attempt::admit(&auth, &headers, &user.email, 2).await?;
    if let Some(account) = verified(&change.current_password, account)? {
        let hash = password::hash(&change.new_password).map_err(Problem::internal)?;
        let changed = store::change_password(database, &attempt, &account, hash, caller.access_id);
        if changed.await? {
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(attempt::fail(&auth, &attempt).await?)
}
