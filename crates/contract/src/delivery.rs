//! `PUT` and `DELETE /internal/delivery/reservations/{orderId}`: reserving a courier for a date, and releasing
//! the courier.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::refusal::refusals;
pub use crate::reservation::{Release, ReservationStatus};

/// The path of an order's courier reservation.
pub fn reservation_path(order_id: Uuid) -> String {
    format!("/internal/delivery/reservations/{order_id}")
}

/// The body of the `PUT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReservationRequest {
    pub date: NaiveDate,
    /// The requested courier; any free one when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier_id: Option<Uuid>,
}

/// The response to a successful `PUT`: 201 the first time, 200 on a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub order_id: Uuid,
    pub status: ReservationStatus,
    pub courier_id: Uuid,
    pub date: NaiveDate,
}

refusals! {
    /// Why a reservation was refused. A refusal changes nothing.
    pub enum Refusal {
        /// No courier is free on the date, or the requested one is not.
        NoCourierAvailable = "NO_COURIER_AVAILABLE",
        /// The requested courier does not exist.
        CourierNotFound = "COURIER_NOT_FOUND",
        /// The order was reserved before, for another date or with another requested courier.
        ReservationMismatch = "RESERVATION_MISMATCH",
        /// The order's reservation was undone before this `PUT` arrived.
        AlreadyCompensated = "ALREADY_COMPENSATED",
    }
}
