//! `/internal/warehouse/reservations/{orderId}`: the warehouse step of an order's saga, and its compensation.

use axum::{Json, extract::State};
use contract::{
    reservation::{Release, ReservationStatus},
    warehouse::{Refusal, Reservation},
};
use http::StatusCode;
use service::{Problem, Service, identity::caller::ServiceCaller, web::path::PathId};

use crate::{api::items, domain::ReserveOutcome, store};

pub async fn reserve(
    _: ServiceCaller,
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
                "This order has a reservation of other items.",
            ));
        }
        ReserveOutcome::AlreadyCompensated => {
            return Err(Problem::conflict(
                Refusal::AlreadyCompensated.code(),
                "This order's reservation was undone; nothing can be reserved for it any longer.",
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
    _: ServiceCaller,
    PathId(order_id): PathId,
    State(service): State<Service>,
) -> Result<Json<Release>, Problem> {
    let status = store::release(service.database(), order_id).await?;
    Ok(Json(Release { order_id, status }))
}
