//! `POST /internal/warehouse/quotes`: what items cost; `PUT` and `DELETE
//! /internal/warehouse/reservations/{orderId}`: holding an order's items, and letting them go.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const QUOTES_PATH: &str = "/internal/warehouse/quotes";

/// The path of an order's item reservation.
pub fn reservation_path(order_id: Uuid) -> String {
    format!("/internal/warehouse/reservations/{order_id}")
}

/// So many pieces of a product.
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

/// Today's prices. Nothing is held, and the stock was not looked at.
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

/// The answer to a `PUT` that is done: 201 the first time, 200 on a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub order_id: Uuid,
    pub status: ReservationStatus,
    /// In the order of the request.
    pub items: Vec<Item>,
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
    /// The items were held and can be bought again.
    Released,
    /// There was nothing to release, and a late `PUT` can hold nothing any more.
    Void,
}

/// Why a quote (`ProductNotFound` only) or a reservation was refused; it changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// At least one product has fewer pieces left; the problem's `errors` name each.
    OutOfStock,
    /// At least one product does not exist; the problem's `errors` name each.
    ProductNotFound,
    /// The order holds other items already.
    ReservationMismatch,
    /// The order's reservation was undone before this `PUT` arrived.
    AlreadyCompensated,
}

impl Refusal {
    pub const ALL: [Self; 4] = [
        Self::OutOfStock,
        Self::ProductNotFound,
        Self::ReservationMismatch,
        Self::AlreadyCompensated,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::OutOfStock => "OUT_OF_STOCK",
            Self::ProductNotFound => "PRODUCT_NOT_FOUND",
            Self::ReservationMismatch => "RESERVATION_MISMATCH",
            Self::AlreadyCompensated => "ALREADY_COMPENSATED",
        }
    }
}
