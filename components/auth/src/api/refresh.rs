//! `/api/auth/refresh`.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use service::{
    Json, Problem,
    telemetry::log,
    web::{
        idempotency::{IdempotencyKey, replayed, reused},
        problem::ProblemDocument,
    },
};
use uuid::Uuid;

use crate::{
    api::{NOT_STORED, refused},
    domain::{
        refresh_token::RefreshToken,
        signer::Access,
        token_pair::{PresentedToken, TokenPair},
    },
    state::Auth,
    store::{self, Exchange, Refreshed},
};

/// Refresh
///
/// Exchanges a refresh token for a new pair; the token dies. Presenting a dead one ends its session,
/// since then two have it. With an `Idempotency-Key`, the same token and key give the same pair for 30
/// seconds, so that two tabs or a lost answer log nobody out.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    operation_id = "refresh",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!-~]+$", description = "Made anew for each token, such as a UUID.")),
    request_body = PresentedToken,
    responses(
        (status = 200, description = "A new pair of tokens.", body = TokenPair,
            headers(("idempotency-replayed" = String, description = "`true` when the key gave this pair before."))),
        (status = 401, description = "`INVALID_REFRESH_TOKEN`: unknown, used, expired or revoked. Log in again.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`VALIDATION_FAILED`, or `IDEMPOTENCY_KEY_REUSED`: the key was used for another token within a day; the token is as good as before.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn refresh(
    State(auth): State<Auth>,
    IdempotencyKey(key): IdempotencyKey,
    json: Json,
) -> Result<impl IntoResponse, Problem> {
    let presented = PresentedToken::read(&json)?;
    let token = RefreshToken::read(&presented.refresh_token).ok_or_else(invalid)?;
    let successor = token
        .successor(key.as_deref(), auth.keyed_hash())
        .map_err(Problem::internal)?;
    let exchange = Exchange {
        genuine: token.is_genuine(auth.keyed_hash()),
        token,
        successor,
        key,
        access_id: Uuid::now_v7(),
    };
    let database = auth.service().database();
    let access: Access = match store::refresh(database, &exchange, auth.administrator()).await? {
        Refreshed::Granted(grant) => grant.into(),
        Refreshed::KeyReused => return Err(reused()),
        Refreshed::Reused { user_id } => {
            log::warn(
                "a dead refresh token was used; its session is revoked",
                &[("user", &user_id)],
            );
            return Err(invalid());
        }
        Refreshed::Unknown | Refreshed::Expired | Refreshed::PasswordChanged => {
            return Err(invalid());
        }
    };
    let repeated = (access.id != exchange.access_id).then(replayed);
    let pair = auth.pair(&access, &exchange.successor)?;
    Ok(([NOT_STORED], AppendHeaders(repeated), axum::Json(pair)))
}

fn invalid() -> Problem {
    refused(
        "INVALID_REFRESH_TOKEN",
        "This refresh token is of no use; log in again.",
    )
}
