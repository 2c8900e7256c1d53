//! `PUT` and `DELETE /internal/billing/charges/{orderId}`: charging an order's customer, and refunding.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::refusal::refusals;

/// The path of an order's charge.
pub fn charge_path(order_id: Uuid) -> String {
    format!("/internal/billing/charges/{order_id}")
}

/// The body of the `PUT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChargeRequest {
    pub user_id: Uuid,
    /// Minor units, `1..=MAX_AMOUNT`.
    pub amount: i64,
}

/// The response to a successful `PUT`: 201 the first time, 200 on a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    pub order_id: Uuid,
    pub status: ChargeStatus,
    /// Minor units.
    pub amount: i64,
}

/// The response to a `DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    pub order_id: Uuid,
    /// `Refunded` or `Void`.
    pub status: ChargeStatus,
}

/// The state of an order's charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeStatus {
    Charged,
    /// The money was charged, and is in the wallet again.
    Refunded,
    /// There was nothing to refund, and a late `PUT` can no longer charge anything.
    Void,
}

refusals! {
    /// Why a charge was refused. A refusal changes nothing.
    pub enum Refusal {
        /// The wallet has less than the amount, or does not exist.
        InsufficientFunds = "INSUFFICIENT_FUNDS",
        /// The order was charged before, for another user or amount.
        ChargeMismatch = "CHARGE_MISMATCH",
        /// The order's charge was undone before this `PUT` arrived.
        AlreadyCompensated = "ALREADY_COMPENSATED",
    }
}
