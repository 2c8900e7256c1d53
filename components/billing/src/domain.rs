//! Wallets, deposits, ledger entries and charges.

use std::collections::BTreeMap;

use contract::billing::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A user's wallet.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wallet {
    pub id: Uuid,
    /// Minor units; never negative.
    pub balance: i64,
    pub created_at: String,
    /// Whether this call opened it.
    pub opened: bool,
}

/// Money to put into a wallet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeposit {
    /// Minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub amount: i64,
}

/// A deposit as it was made.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deposit {
    pub id: Uuid,
    /// Minor units.
    pub amount: i64,
    /// The wallet's balance after it, in minor units.
    pub balance: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// The result of a request to deposit.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DepositOutcome {
    Deposited {
        deposit: Deposit,
    },
    /// The idempotency key made this deposit before.
    Replayed {
        deposit: Deposit,
    },
    /// The idempotency key made another deposit before.
    KeyReused,
    /// The deposits of the wallet would add up to more than a wallet may take.
    LimitExceeded,
}

/// An entry of the ledger.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Its place in the wallet's order, from 1.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub number: i64,
    pub id: Uuid,
    pub r#type: TransactionType,
    /// Minor units, always positive.
    pub amount: i64,
    /// The wallet's balance after it, in minor units.
    pub balance_after: i64,
    /// The order that was charged or refunded; null for a deposit.
    #[schema(required = true)]
    pub order_id: Option<Uuid>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TransactionType {
    Deposit,
    /// An order was paid.
    Charge,
    /// An order was refunded.
    Refund,
}

/// The result of a request to charge.
#[derive(Clone, Copy, Debug)]
pub enum ChargeOutcome {
    Charged,
    /// The order was charged before, for the same user and amount.
    Repeated,
    Refused(Refusal),
}

/// Everything in numbers. Sums are in minor units.
#[derive(Debug, Deserialize)]
pub struct Totals {
    pub wallets: f64,
    pub balance: f64,
    /// Sums by type of entry.
    pub ledger: BTreeMap<String, f64>,
    /// The number of orders by the status of their charge.
    pub charges: BTreeMap<String, f64>,
    /// Sums by the status of the charge.
    pub charged: BTreeMap<String, f64>,
    /// How many wallets and charges the audit has found to differ from the ledger, by kind.
    pub findings: BTreeMap<String, f64>,
}
