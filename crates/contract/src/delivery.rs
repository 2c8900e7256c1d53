//! `PUT` and `DELETE /internal/delivery/reservations/{orderId}`: taking a courier for a date, and letting
//! the courier go.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The path of an order's courier reservation.
pub fn reservation_path(order_id: Uuid) -> String {
    format!("/internal/delivery/reservations/{order_id}")
}

/// The body of the `PUT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReservationRequest {
    pub date: NaiveDate,
    /// This courier and no other; any free one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier_id: Option<Uuid>,
}

/// The answer to a `PUT` that is done: 201 the first time, 200 on a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub order_id: Uuid,
    pub status: ReservationStatus,
    pub courier_id: Uuid,
    pub date: NaiveDate,
}

/// The answer to a `DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    pub order_id: Uuid,
    /// `Released` or `Void`.
    pub status: ReservationStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReservationStatus {
    Reserved,
    /// The courier was taken and is free again on that date.
    Released,
    /// There was nothing to release, and a late `PUT` can take nobody any more.
    Void,
}

/// Why a reservation was refused; it changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// Nobody is free on the date, or the courier asked for is not.
    NoCourierAvailable,
    /// There is no such courier.
    CourierNotFound,
    /// The order was reserved before, for another date or with another courier asked for.
    ReservationMismatch,
    /// The order's reservation was undone before this `PUT` arrived.
    AlreadyCompensated,
}

impl Refusal {
    pub const ALL: [Self; 4] = [
        Self::NoCourierAvailable,
        Self::CourierNotFound,
        Self::ReservationMismatch,
        Self::AlreadyCompensated,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::NoCourierAvailable => "NO_COURIER_AVAILABLE",
            Self::CourierNotFound => "COURIER_NOT_FOUND",
            Self::ReservationMismatch => "RESERVATION_MISMATCH",
            Self::AlreadyCompensated => "ALREADY_COMPENSATED",
        }
    }
}
