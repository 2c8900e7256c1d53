//! A charge and its refund, in any order of arrival.

use sql_tests::{
    barrier::{self, Participant},
    open,
};
use uuid::Uuid;

use super::Billing;

impl Participant for Billing {
    /// A user with exactly the money of one charge.
    type Content = Uuid;

    const DONE: &str = "CHARGED";
    const UNDONE: &str = "REFUNDED";

    async fn content(&self) -> Uuid {
        self.customer(100).await
    }

    async fn perform(&self, order: Uuid, user: Uuid) -> String {
        self.charge(order, user, 100).await
    }

    async fn undo(&self, order: Uuid) -> String {
        self.refund(order).await
    }

    async fn assert_used(&self, user: Uuid, used: bool) {
        assert_eq!(self.balance(user).await, if used { 0 } else { 100 });
        self.check_invariants().await;
    }
}

#[tokio::test]
async fn a_repeated_charge_and_a_repeated_refund_move_the_money_once() {
    barrier::repeats_have_no_effect::<Billing>().await;
}

#[tokio::test]
async fn an_early_refund_leaves_a_tombstone() {
    barrier::an_early_compensation_leaves_a_tombstone::<Billing>().await;
}

#[tokio::test]
async fn concurrent_charges_and_refunds_move_no_money() {
    barrier::concurrent_steps_and_compensations_leave_nothing_used::<Billing>().await;
}

#[tokio::test]
async fn a_refund_waits_for_a_charge_in_progress() {
    barrier::a_compensation_waits_for_a_step_in_progress::<Billing>().await;
}

#[tokio::test]
async fn a_charge_waits_for_a_tombstone_in_progress() {
    barrier::a_step_waits_for_a_tombstone_in_progress::<Billing>().await;
}

#[tokio::test]
async fn a_charge_waits_for_another_of_the_same_money() {
    barrier::a_refusal_waits_for_the_other_step::<Billing>("INSUFFICIENT_FUNDS").await;
}

#[tokio::test]
async fn a_repeat_with_other_contents_is_refused_and_changes_nothing() {
    let db: Billing = open().await;
    let (user, other, order) = (
        db.customer(500).await,
        db.customer(500).await,
        Uuid::now_v7(),
    );
    assert_eq!(db.charge(order, user, 400).await, "CHARGED");
    assert_eq!(db.charge(order, user, 399).await, "CHARGE_MISMATCH");
    assert_eq!(db.charge(order, other, 400).await, "CHARGE_MISMATCH");
    assert_eq!(
        db.charge(order, Uuid::now_v7(), 400).await,
        "CHARGE_MISMATCH"
    );
    assert_eq!(db.charge(order, user, 400).await, "REPEATED");
    assert_eq!(
        (db.balance(user).await, db.balance(other).await),
        (100, 500)
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn a_refused_charge_stores_nothing_until_it_is_compensated() {
    let db: Billing = open().await;
    let (user, order) = (db.customer(399).await, Uuid::now_v7());
    assert_eq!(db.charge(order, user, 400).await, "INSUFFICIENT_FUNDS");
    assert_eq!(db.0.rows_in("charges").await, 0);
    // A later copy of the request may succeed before the compensation …
    db.deposit(user, 1).await;
    assert_eq!(db.charge(order, user, 400).await, "CHARGED");
    // … but not after it.
    let cancelled = Uuid::now_v7();
    assert_eq!(db.charge(cancelled, user, 400).await, "INSUFFICIENT_FUNDS");
    assert_eq!(db.refund(cancelled).await, "VOID");
    db.deposit(user, 1_000).await;
    assert_eq!(db.charge(cancelled, user, 400).await, "ALREADY_COMPENSATED");
    db.check_invariants().await;
}

#[tokio::test]
async fn a_missing_wallet_counts_as_an_empty_one_and_is_not_opened() {
    let db: Billing = open().await;
    let (user, order) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(db.charge(order, user, 1).await, "INSUFFICIENT_FUNDS");
    assert_eq!(db.0.rows_in("wallets").await, 0);
    assert_eq!(db.0.rows_in("charges").await, 0);
}

#[tokio::test]
async fn written_rows_cannot_be_changed_or_deleted() {
    let db: Billing = open().await;
    let (user, order) = (db.customer(500).await, Uuid::now_v7());
    db.charge(order, user, 400).await;
    db.0.assert_refused(&[
        "update ledger set amount = 1",
        "delete from ledger",
        "truncate ledger",
        "delete from charges",
        "update charges set amount = 1",
        "update charges set status = 'VOID'",
        "update wallets set balance = 1000000",
        "update wallets set charged = charged + 101",
        "insert into charges (order_id, status) select gen_random_uuid(), 'CHARGED'",
    ])
    .await;
    db.refund(order).await;
    db.0.assert_refused(&["update charges set status = 'CHARGED'"])
        .await;
    assert_eq!(db.balance(user).await, 500);
    db.check_invariants().await;
}
