//! `/api/billing/wallet/deposits`.

use axum::{Json, extract::State, response::IntoResponse};
use contract::limits::MAX_AMOUNT;
use http::StatusCode;
use service::{
    Problem, Service,
    identity::caller::User,
    web::{
        confirmed_currency::ConfirmedCurrency,
        idempotency::{self, IdempotencyKey},
        problem::ProblemDocument,
        rule,
    },
};

use crate::{
    domain::{Deposit, DepositOutcome, NewDeposit},
    store,
};

/// Put money into the wallet
///
/// Opens the wallet if it does not exist. With an `Idempotency-Key` the request can be repeated safely.
#[utoipa::path(
    post,
    path = "/api/billing/wallet/deposits",
    tag = "billing",
    operation_id = "deposit",
    security(("accessToken" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header,
            description = "1-128 visible ASCII characters; the same key and body deposit once.",
            min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body = NewDeposit,
    responses(
        (status = 201, description = "The deposit as it was made.", body = Deposit,
            headers(("idempotency-replayed" = Option<String>,
                description = "`true` when the key made this deposit before."))),
        (status = 409, description = "`DEPOSIT_LIMIT_EXCEEDED`: the deposits of one wallet are limited.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422,
            description = "`VALIDATION_FAILED`, or `IDEMPOTENCY_KEY_REUSED`: the key was used for another body.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    user: User,
    State(service): State<Service>,
    IdempotencyKey(key): IdempotencyKey,
    _: ConfirmedCurrency,
    body: service::Json,
) -> Result<impl IntoResponse, Problem> {
    let new = body.read(|form| NewDeposit {
        amount: form.required("amount", rule::integer(1..=MAX_AMOUNT)),
    });
    // A used key is named before what is wrong with the body: it cannot be the body that the key was used for.
    if let (Err(_), Some(key)) = (&new, &key)
        && store::deposit_key_is_used(service.database(), user.id, key).await?
    {
        return Err(idempotency::reused());
    }
    let new = new?;
    let key = match key {
        Some(key) => Some((key, idempotency::fingerprint(&new)?)),
        None => None,
    };
    match store::deposit(service.database(), user.id, &new, key).await? {
        DepositOutcome::Deposited { deposit } => {
            Ok((StatusCode::CREATED, Json(deposit)).into_response())
        }
        DepositOutcome::Replayed { deposit } => {
            let replayed = [idempotency::replayed()];
            Ok((StatusCode::CREATED, replayed, Json(deposit)).into_response())
        }
        DepositOutcome::KeyReused => Err(idempotency::reused()),
        DepositOutcome::LimitExceeded => Err(Problem::conflict(
            "DEPOSIT_LIMIT_EXCEEDED",
            "The deposits of one wallet may add up to at most 9000000000000000.",
        )),
    }
}
