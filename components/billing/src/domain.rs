//! What billing is about, as a client sees it.

use serde::{Deserialize, Serialize};
use service::Currency;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::StoredWallet;

/// A user's wallet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wallet {
    pub id: Uuid,
    /// Minor units; never negative.
    #[schema(minimum = 0)]
    pub balance: i64,
    pub currency: Currency,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl Wallet {
    pub fn new(stored: StoredWallet, currency: Currency) -> Self {
        Self {
            id: stored.id,
            balance: stored.balance,
            currency,
            created_at: stored.created_at,
        }
    }
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
    /// An order's money was taken.
    Charge,
    /// An order's money came back.
    Refund,
}
