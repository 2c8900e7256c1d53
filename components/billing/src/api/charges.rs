//! `/internal/billing/charges/{orderId}`: the billing step of an order's saga, and its compensation.

use axum::{Json, extract::State};
use contract::{
    billing::{Charge, ChargeRequest, ChargeStatus, Refund, Refusal},
    limits::MAX_AMOUNT,
};
use http::StatusCode;
use service::{
    Problem, Service,
    identity::caller::ServiceCaller,
    web::{confirmed_currency::ConfirmedCurrency, path::PathId, rule},
};

use crate::{domain::ChargeOutcome, store};

pub async fn charge(
    _: ServiceCaller,
    PathId(order_id): PathId,
    State(service): State<Service>,
    _: ConfirmedCurrency,
    body: service::Json,
) -> Result<(StatusCode, Json<Charge>), Problem> {
    let request = body.read(|form| ChargeRequest {
        user_id: form.required("userId", rule::uuid),
        amount: form.required("amount", rule::integer(1..=MAX_AMOUNT)),
    })?;
    let status = match store::charge(service.database(), order_id, &request).await? {
        ChargeOutcome::Charged => StatusCode::CREATED,
        ChargeOutcome::Repeated => StatusCode::OK,
        ChargeOutcome::Refused(refusal) => {
            return Err(Problem::conflict(refusal.code(), explanation(refusal)));
        }
    };
    let charge = Charge {
        order_id,
        status: ChargeStatus::Charged,
        amount: request.amount,
    };
    Ok((status, Json(charge)))
}

pub async fn refund(
    _: ServiceCaller,
    PathId(order_id): PathId,
    State(service): State<Service>,
) -> Result<Json<Refund>, Problem> {
    let status = store::refund(service.database(), order_id).await?;
    Ok(Json(Refund { order_id, status }))
}

fn explanation(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::InsufficientFunds => "The wallet has less than the amount.",
        Refusal::ChargeMismatch => "This order was charged before, for another user or amount.",
        Refusal::AlreadyCompensated => {
            "This order's charge was undone; the order can no longer be charged."
        }
    }
}
