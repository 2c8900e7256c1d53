//! `/api/auth/refresh`.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use service::{
    Json, Problem,
    telemetry::log,
    web::{
        idempotency::{self, IdempotencyKey},
        problem::ProblemDocument,
    },
};
use uuid::Uuid;

use crate::{
    api::{
        response::{NO_STORE, unauthorized},
        token_pair::{PresentedToken, TokenPair},
    },
    domain::{
        refresh_token::RefreshToken,
        session::{Exchange, ExchangeOutcome},
    },
    state::Auth,
    store,
};

/// Refresh
///
/// Exchanges a refresh token for a new pair. Each token can be used once: using it again ends its session,
/// because the token may have been stolen. But with any `Idempotency-Key` the same token gives the same pair for 30
/// seconds, until that pair's own refresh token is used, so that several tabs or a lost response do not log the user out.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    operation_id = "refresh",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        pattern = "^[!-~]+$", description = "A new key for each token, such as a UUID.")),
    request_body = PresentedToken,
    responses(
        (status = 200, description = "A new pair of tokens.", body = TokenPair,
            headers(("idempotency-replayed" = String, description = "`true` when the token gave this pair before."))),
        (status = 401, description = "`INVALID_REFRESH_TOKEN`: unknown, used, expired or revoked. Log in again.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`VALIDATION_FAILED`, or `IDEMPOTENCY_KEY_REUSED`: the key was used for another token within a day; the token stays valid.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn refresh(
    State(auth): State<Auth>,
    IdempotencyKey(key): IdempotencyKey,
    json: Json,
) -> Result<impl IntoResponse, Problem> {
    let presented = PresentedToken::read(&json)?;
    let token = RefreshToken::parse(&presented.refresh_token).ok_or_else(invalid)?;
    let keys = auth.keyed_hashes();
    let exchange = Exchange {
        genuine: token.is_genuine(keys),
        successor: token.successor(&keys.current),
        other_successor: keys.accepted.as_ref().map(|other| token.successor(other)),
        token,
        key,
        access_id: Uuid::now_v7(),
    };
    let database = auth.service().database();
    let (access, other) = match store::refresh(database, &exchange, auth.administrator()).await? {
        ExchangeOutcome::Granted { access, other } => (access, other),
        ExchangeOutcome::KeyReused => return Err(idempotency::reused()),
        ExchangeOutcome::Reused { user_id } => {
            log::warn(
                "a refresh token was used twice; its session was ended",
                &[("user", &user_id)],
            );
            return Err(invalid());
        }
        ExchangeOutcome::Unknown | ExchangeOutcome::Expired | ExchangeOutcome::PasswordChanged => {
            return Err(invalid());
        }
    };
    let replayed = (access.id != exchange.access_id).then(idempotency::replayed);
    let successor = match (other, exchange.other_successor) {
        (true, Some(other)) => other,
        _ => exchange.successor,
    };
    let pair = TokenPair::issue(&auth, &access, &successor)?;
    Ok(([NO_STORE], AppendHeaders(replayed), axum::Json(pair)))
}

fn invalid() -> Problem {
    unauthorized(
        "INVALID_REFRESH_TOKEN",
        "This refresh token cannot be used; log in again.",
    )
}
