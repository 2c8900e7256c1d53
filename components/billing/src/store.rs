//! The statements. The functions they call are in `migrations/billing`.

use std::collections::BTreeMap;

use contract::billing::{ChargeRequest, ChargeStatus, Refusal};
use serde::Deserialize;
use service::{Database, database::DatabaseError, web::page::Page};
use uuid::Uuid;

use crate::domain::{Deposit, NewDeposit, Transaction};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredWallet {
    pub id: Uuid,
    pub balance: i64,
    pub created_at: String,
    /// Whether this call opened it.
    pub opened: bool,
}

/// The user's wallet, opened when there is none.
pub async fn wallet(database: &Database, user: Uuid) -> Result<StoredWallet, DatabaseError> {
    let statement = "select wallet($1, $2)";
    database
        .json(statement, &[user.into(), Uuid::now_v7().into()])
        .await
}

pub enum DepositOutcome {
    Deposited(Deposit),
    /// The key made this deposit before.
    Replayed(Deposit),
    /// The key made another deposit before.
    KeyReused,
    /// The wallet has taken in all that it may.
    LimitExceeded,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
enum DepositAnswer {
    Deposited { deposit: Deposit },
    Replayed { deposit: Deposit },
    KeyReused,
    LimitExceeded,
}

/// Puts money into the user's wallet; `key` is the client's key and the fingerprint of the body.
pub async fn deposit(
    database: &Database,
    user: Uuid,
    new: &NewDeposit,
    key: Option<(String, String)>,
) -> Result<DepositOutcome, DatabaseError> {
    let (key, fingerprint) = key.unzip();
    let statement = "select deposit($1, $2, $3, $4, $5, $6)";
    let parameters = [
        user.into(),
        Uuid::now_v7().into(),
        Uuid::now_v7().into(),
        new.amount.into(),
        key.into(),
        fingerprint.into(),
    ];
    Ok(match database.json(statement, &parameters).await? {
        DepositAnswer::Deposited { deposit } => DepositOutcome::Deposited(deposit),
        DepositAnswer::Replayed { deposit } => DepositOutcome::Replayed(deposit),
        DepositAnswer::KeyReused => DepositOutcome::KeyReused,
        DepositAnswer::LimitExceeded => DepositOutcome::LimitExceeded,
    })
}

/// A page of the user's ledger, the newest entry first.
pub async fn transactions(
    database: &Database,
    user: Uuid,
    page: &Page<i64>,
) -> Result<Vec<Transaction>, DatabaseError> {
    let statement = "select transactions($1, $2, $3, $4)";
    let before = page.after.unwrap_or(i64::MAX);
    let parameters = [
        user.into(),
        Uuid::now_v7().into(),
        before.into(),
        page.fetch().into(),
    ];
    database.json_rows(statement, &parameters).await
}

pub enum ChargeOutcome {
    Charged,
    /// It was charged before, for the same user and amount.
    Repeated,
    Refused(Refusal),
}

/// Takes an order's money.
pub async fn charge(
    database: &Database,
    order: Uuid,
    request: &ChargeRequest,
) -> Result<ChargeOutcome, DatabaseError> {
    // The outcome is told by the number of rows, which costs half of what a value does.
    let statement = "
        select from generate_series(1, array_position(
            array['CHARGED', 'REPEATED', 'INSUFFICIENT_FUNDS', 'CHARGE_MISMATCH', 'ALREADY_COMPENSATED'],
            charge($1, $2, $3, $4)
        ))";
    let parameters = [
        order.into(),
        request.user_id.into(),
        request.amount.into(),
        Uuid::now_v7().into(),
    ];
    match database.count(statement, &parameters).await? {
        1 => Ok(ChargeOutcome::Charged),
        2 => Ok(ChargeOutcome::Repeated),
        3 => Ok(ChargeOutcome::Refused(Refusal::InsufficientFunds)),
        4 => Ok(ChargeOutcome::Refused(Refusal::ChargeMismatch)),
        5 => Ok(ChargeOutcome::Refused(Refusal::AlreadyCompensated)),
        rows => Err(DatabaseError::Unexpected(format!(
            "{rows} rows for a charge"
        ))),
    }
}

/// Gives an order's money back, or sees to it that it can never be taken.
pub async fn refund(database: &Database, order: Uuid) -> Result<ChargeStatus, DatabaseError> {
    // As above.
    let statement = "
        select from generate_series(1, array_position(array['REFUNDED', 'VOID'], refund($1, $2)))";
    let parameters = [order.into(), Uuid::now_v7().into()];
    match database.count(statement, &parameters).await? {
        1 => Ok(ChargeStatus::Refunded),
        2 => Ok(ChargeStatus::Void),
        rows => Err(DatabaseError::Unexpected(format!(
            "{rows} rows for a refund"
        ))),
    }
}

/// Everything in numbers. Sums are in minor units.
#[derive(Debug, Deserialize)]
pub struct Totals {
    pub wallets: f64,
    pub balance: f64,
    /// Sums by type of entry.
    pub ledger: BTreeMap<String, f64>,
    /// How many orders, by the state of their charge.
    pub charges: BTreeMap<String, f64>,
    /// Sums by the state of the charge.
    pub charged: BTreeMap<String, f64>,
}

/// All of one moment. The ledger is read itself, whole, though wallets hold its sums: an alert holds the two against
/// each other.
pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    let statement = "
        select jsonb_build_object(
            'wallets', wallets.count,
            'balance', wallets.balance,
            'ledger', ledger.sums,
            'charges', charges.count,
            'charged', charges.sum
        )
        from (
            select count(*) as count,
                coalesce(sum(balance), 0) as balance
            from wallets
        ) wallets,
        (
            select jsonb_object_agg(type, coalesce(sum, 0)) as sums
            from unnest(array['DEPOSIT', 'CHARGE', 'REFUND']) as type
            left join (
                select type, sum(amount) as sum from ledger group by type
            ) found using (type)
        ) ledger,
        (
            select jsonb_object_agg(status, coalesce(count, 0)) as count,
                jsonb_object_agg(status, coalesce(sum, 0)) as sum
            from unnest(array['CHARGED', 'REFUNDED', 'VOID']) as status
            left join (
                select status, count(*) as count, sum(amount) as sum from charges group by status
            ) found using (status)
        ) charges";
    database.json(statement, &[]).await
}
