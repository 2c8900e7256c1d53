//! `POST /internal/warehouse/quotes`: what items cost; `PUT` and `DELETE
//! /internal/warehouse/reservations/{orderId}`: reserving an order's items, and releasing them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::refusal::refusals;
pub use crate::reservation::{Release, ReservationStatus};

pub const QUOTES_PATH: &str = "/internal/warehouse/quotes";

/// The path of an order's item reservation.
pub fn reservation_path(order_id: Uuid) -> String {
    format!("/internal/warehouse/reservations/{order_id}")
}

/// A quantity of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Item {
    pub product_id: Uuid,
    /// `1..=MAX_QUANTITY`.
    pub quantity: i32,
}

/// The body of a quote's `POST` and of a reservation's `PUT`: `1..=MAX_ITEMS` distinct products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemsRequest {
    pub items: Vec<Item>,
}

/// The current prices. Nothing is reserved, and the stock is not checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// In the order of the request.
    pub items: Vec<QuotedItem>,
    /// Minor units; may exceed `MAX_AMOUNT`.
    pub total: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotedItem {
    pub product_id: Uuid,
    pub name: String,
    /// Minor units.
    pub unit_price: i64,
    pub quantity: i32,
}

/// The response to a successful `PUT`: 201 the first time, 200 on a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub order_id: Uuid,
    pub status: ReservationStatus,
    /// In the order of the request.
    pub items: Vec<Item>,
}

refusals! {
    /// Why a quote (only `ProductNotFound`) or a reservation was refused. A refusal changes nothing.
    pub enum Refusal {
        /// Of at least one product fewer pieces are left than requested; the problem's `errors` name each.
        OutOfStock = "OUT_OF_STOCK",
        /// At least one product does not exist; the problem's `errors` name each.
        ProductNotFound = "PRODUCT_NOT_FOUND",
        /// The order has a reservation of other items.
        ReservationMismatch = "RESERVATION_MISMATCH",
        /// The order's reservation was undone before this `PUT` arrived.
        AlreadyCompensated = "ALREADY_COMPENSATED",
    }
}
