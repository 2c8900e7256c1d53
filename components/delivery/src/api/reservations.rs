//! `/internal/delivery/reservations/{orderId}`: the delivery step of an order's saga, and its compensation.

use axum::{Json, extract::State};
use contract::{
    delivery::{Refusal, Reservation, ReservationRequest},
    reservation::{Release, ReservationStatus},
};
use http::StatusCode;
use service::{
    Problem, Service,
    identity::caller::ServiceCaller,
    web::{path::PathId, rule},
};

use crate::{api::date, domain::ReserveOutcome, store};

pub async fn reserve(
    _: ServiceCaller,
    PathId(order_id): PathId,
    State(service): State<Service>,
    body: service::Json,
) -> Result<(StatusCode, Json<Reservation>), Problem> {
    let request = body.read(|form| ReservationRequest {
        date: form.required("date", |value| date::parse(rule::string(value)?)),
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
    _: ServiceCaller,
    PathId(order_id): PathId,
    State(service): State<Service>,
) -> Result<Json<Release>, Problem> {
    let status = store::release(service.database(), order_id).await?;
    Ok(Json(Release { order_id, status }))
}

fn refused(refusal: Refusal) -> Problem {
    let detail = match refusal {
        Refusal::NoCourierAvailable => {
            "No courier is free on that date, or the requested one is not, or is retired."
        }
        Refusal::CourierNotFound => "The requested courier does not exist.",
        Refusal::ReservationMismatch => {
            "This order was reserved before, for another date or with another requested courier."
        }
        Refusal::AlreadyCompensated => {
            "This order's reservation was undone; nothing can be reserved for it any longer."
        }
    };
    Problem::conflict(refusal.code(), detail)
}
