//! `/internal/delivery/reservations/{orderId}`: the delivery step of an order's saga, and its undoing.

use axum::{Json, extract::State};
use contract::delivery::{Refusal, Release, Reservation, ReservationRequest, ReservationStatus};
use http::StatusCode;
use service::{
    Problem, Service,
    identity::caller::Peer,
    web::{path::PathId, rule},
};

use crate::{
    domain::storable_date,
    store::{self, ReserveOutcome},
};

pub async fn reserve(
    _: Peer,
    PathId(order_id): PathId,
    State(service): State<Service>,
    body: service::Json,
) -> Result<(StatusCode, Json<Reservation>), Problem> {
    let request = body.read(|form| ReservationRequest {
        date: form.required("date", |value| storable_date(rule::string(value)?)),
        courier_id: form.optional("courierId", rule::uuid),
    })?;
    let outcome = store::reserve(service.database(), order_id, &request).await?;
    let (status, courier_id) = match outcome {
        ReserveOutcome::Reserved { courier_id } => (StatusCode::CREATED, courier_id),
        ReserveOutcome::Repeated { courier_id } => (StatusCode::OK, courier_id),
        ReserveOutcome::NoCourierAvailable => return Err(refused(Refusal::NoCourierAvailable)),
        ReserveOutcome::CourierNotFound => return Err(refused(Refusal::CourierNotFound)),
        ReserveOutcome::ReservationMismatch => return Err(refused(Refusal::ReservationMismatch)),
        ReserveOutcome::AlreadyCompensated => return Err(refused(Refusal::AlreadyCompensated)),
    };
    let reservation = Reservation {
        order_id,
        status: ReservationStatus::Reserved,
        courier_id,
        date: request.date,
    };
    Ok((status, Json(reservation)))
}

pub async fn release(
    _: Peer,
    PathId(order_id): PathId,
    State(service): State<Service>,
) -> Result<Json<Release>, Problem> {
    let status = store::release(service.database(), order_id).await?;
    Ok(Json(Release { order_id, status }))
}

fn refused(refusal: Refusal) -> Problem {
    let detail = match refusal {
        Refusal::NoCourierAvailable => "No courier who could take the order is free on that date.",
        Refusal::CourierNotFound => "There is no such courier.",
        Refusal::ReservationMismatch => {
            "This order was reserved before, for another date or with another courier asked for."
        }
        Refusal::AlreadyCompensated => {
            "This order's reservation was undone; it cannot be made any more."
        }
    };
    Problem::conflict(refusal.code(), detail)
}
