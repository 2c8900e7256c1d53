//! `/internal/warehouse/reservations/{orderId}`: the warehouse step of an order's saga, and its undoing.

use axum::{Json, extract::State};
use contract::warehouse::{Refusal, Release, Reservation, ReservationStatus};
use http::StatusCode;
use service::{Problem, Service, identity::caller::Peer, web::path::PathId};

use super::items;
use crate::store::{self, ReserveOutcome};

pub async fn reserve(
    _: Peer,
    PathId(order_id): PathId,
    State(service): State<Service>,
    body: service::Json,
) -> Result<(StatusCode, Json<Reservation>), Problem> {
    let items = items::read(&body)?.items;
    let status = match store::reserve(service.database(), order_id, &items).await? {
        ReserveOutcome::Reserved => StatusCode::CREATED,
        ReserveOutcome::Repeated => StatusCode::OK,
        ReserveOutcome::OutOfStock { lines } => {
            let lines = lines.iter();
            return Err(items::out_of_stock(lines.filter_map(|line| {
                Some((line.place, items.get(line.place)?, line.left))
            })));
        }
        ReserveOutcome::ProductNotFound { lines } => {
            let lines = lines.iter();
            return Err(items::not_found(
                lines.filter_map(|line| Some((line.place, items.get(line.place)?))),
            ));
        }
        ReserveOutcome::ReservationMismatch => {
            return Err(Problem::conflict(
                Refusal::ReservationMismatch.code(),
                "This order holds other items.",
            ));
        }
        ReserveOutcome::AlreadyCompensated => {
            return Err(Problem::conflict(
                Refusal::AlreadyCompensated.code(),
                "This order's reservation was undone; it cannot be made any more.",
            ));
        }
    };
    let reservation = Reservation {
        order_id,
        status: ReservationStatus::Reserved,
        items,
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
