//! What the reservations of the warehouse and of delivery have in common.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The state of an order's reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReservationStatus {
    Reserved,
    /// It was reserved, and what it held is available again.
    Released,
    /// There was nothing to release, and a late `PUT` can no longer reserve anything.
    Void,
}

/// The response to a `DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    pub order_id: Uuid,
    pub status: ReservationStatus,
}

impl Release {
    /// The possible results of a release, each with its name.
    pub const OUTCOMES: [(&str, ReservationStatus); 2] = [
        ("RELEASED", ReservationStatus::Released),
        ("VOID", ReservationStatus::Void),
    ];
}
