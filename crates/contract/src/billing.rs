//! `PUT` and `DELETE /internal/billing/charges/{orderId}`: taking an order's money, and giving it back.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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

/// The answer to a `PUT` that is done: 201 the first time, 200 on a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    pub order_id: Uuid,
    pub status: ChargeStatus,
    /// Minor units.
    pub amount: i64,
}

/// The answer to a `DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    pub order_id: Uuid,
    /// `Refunded` or `Void`.
    pub status: ChargeStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeStatus {
    Charged,
    /// The money was taken and is back in the wallet.
    Refunded,
    /// There was nothing to refund, and a late `PUT` can take nothing any more.
    Void,
}

/// Why a charge was refused; it changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// The wallet holds less than the amount, or there is no wallet.
    InsufficientFunds,
    /// The order was charged before, for another user or amount.
    ChargeMismatch,
    /// The order's charge was undone before this `PUT` arrived.
    AlreadyCompensated,
}

impl Refusal {
    pub const ALL: [Self; 3] = [
        Self::InsufficientFunds,
        Self::ChargeMismatch,
        Self::AlreadyCompensated,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "INSUFFICIENT_FUNDS",
            Self::ChargeMismatch => "CHARGE_MISMATCH",
            Self::AlreadyCompensated => "ALREADY_COMPENSATED",
        }
    }
}
