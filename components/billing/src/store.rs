//! The statements. The functions that they call are in `migrations/billing/functions`.

use std::time::{Duration, Instant};

use contract::billing::{ChargeRequest, ChargeStatus, Refusal};
use service::{
    Database,
    database::{DatabaseError, Page},
};
use uuid::Uuid;

use crate::domain::{ChargeOutcome, DepositOutcome, NewDeposit, Totals, Transaction, Wallet};

/// The user's wallet. It is opened if there is none.
pub async fn wallet(database: &Database, user: Uuid) -> Result<Wallet, DatabaseError> {
    let statement = "select wallet($1, $2)";
    database
        .json(statement, &[user.into(), Uuid::now_v7().into()])
        .await
}

/// Puts money into the user's wallet. `key` is the idempotency key and the fingerprint of the body.
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
    database.json(statement, &parameters).await
}

/// Whether the user has made a deposit under this idempotency key.
pub async fn deposit_key_is_used(
    database: &Database,
    user: Uuid,
    key: &str,
) -> Result<bool, DatabaseError> {
    let statement = "
        select ledger.id
        from wallets
        join ledger on ledger.wallet_id = wallets.id
        where wallets.user_id = $1 and ledger.idempotency_key = $2";
    let parameters = [user.into(), key.to_owned().into()];
    Ok(database.count(statement, &parameters).await? > 0)
}

/// A page of the user's ledger, newest entry first.
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
        page.read_limit().into(),
    ];
    database.json_rows(statement, &parameters).await
}

/// Charges the user for an order.
pub async fn charge(
    database: &Database,
    order: Uuid,
    request: &ChargeRequest,
) -> Result<ChargeOutcome, DatabaseError> {
    let refused = |refusal: Refusal| (refusal.code(), ChargeOutcome::Refused(refusal));
    let outcomes = [
        ("CHARGED", ChargeOutcome::Charged),
        ("REPEATED", ChargeOutcome::Repeated),
        refused(Refusal::InsufficientFunds),
        refused(Refusal::ChargeMismatch),
        refused(Refusal::AlreadyCompensated),
    ];
    let parameters = [
        order.into(),
        request.user_id.into(),
        request.amount.into(),
        Uuid::now_v7().into(),
    ];
    database
        .outcome("charge($1, $2, $3, $4)", &parameters, &outcomes)
        .await
}

/// Refunds an order's charge. If there is none, a later charge of the order is refused.
pub async fn refund(database: &Database, order: Uuid) -> Result<ChargeStatus, DatabaseError> {
    let outcomes = [
        ("REFUNDED", ChargeStatus::Refunded),
        ("VOID", ChargeStatus::Void),
    ];
    let parameters = [order.into(), Uuid::now_v7().into()];
    database
        .outcome("refund($1, $2)", &parameters, &outcomes)
        .await
}

/// How many wallets, ledger entries and charges one statement of the audit looks at: little, since each may have to be
/// read from a disk.
const AUDITED: i32 = 100;
/// How many statements one scrape runs, and for how long at most.
const AUDITS: usize = 10;
const AUDIT_PATIENCE: Duration = Duration::from_millis(100);

/// All totals at one moment, after the next part of the audit.
pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    let audit = "select from audit($1)";
    let began = Instant::now();
    for _ in 0..AUDITS {
        database.count(audit, &[AUDITED.into()]).await?;
        if began.elapsed() > AUDIT_PATIENCE {
            break;
        }
    }
    database.totals().await
}
