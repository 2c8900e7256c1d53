//! A charge and its undoing, one after the other in every order of arrival.

use uuid::Uuid;

use super::{Billing, billing};

#[tokio::test]
async fn a_charge_takes_the_money_once_and_a_refund_gives_it_back_once() {
    let db = billing().await;
    let (user, order) = (db.customer(500).await, Uuid::now_v7());
    assert_eq!(db.charge(order, user, 400).await, "CHARGED");
    assert_eq!(db.charge(order, user, 400).await, "REPEATED");
    assert_eq!(db.balance(user).await, 100);
    assert_eq!(db.refund(order).await, "REFUNDED");
    assert_eq!(db.refund(order).await, "REFUNDED");
    assert_eq!(db.balance(user).await, 500);
    assert_eq!(db.charge(order, user, 400).await, "ALREADY_COMPENSATED");
    assert_eq!(db.charge(order, user, 1).await, "ALREADY_COMPENSATED");
    assert_eq!(db.refund(order).await, "REFUNDED");
    assert_eq!(db.balance(user).await, 500);
    db.check_invariants().await;
}

#[tokio::test]
async fn a_repeat_with_other_contents_is_refused_and_changes_nothing() {
    let db = billing().await;
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
async fn an_undoing_that_comes_first_leaves_a_tombstone() {
    let db = billing().await;
    let (user, order) = (db.customer(500).await, Uuid::now_v7());
    assert_eq!(db.refund(order).await, "VOID");
    assert_eq!(db.charge(order, user, 400).await, "ALREADY_COMPENSATED");
    assert_eq!(
        db.charge(order, Uuid::now_v7(), 400).await,
        "ALREADY_COMPENSATED"
    );
    assert_eq!(db.refund(order).await, "VOID");
    assert_eq!(db.balance(user).await, 500);
    db.check_invariants().await;
}

#[tokio::test]
async fn a_refused_charge_leaves_nothing_until_it_is_undone() {
    let db = billing().await;
    let (user, order) = (db.customer(399).await, Uuid::now_v7());
    assert_eq!(db.charge(order, user, 400).await, "INSUFFICIENT_FUNDS");
    assert_eq!(db.charges().await, 0);
    // A later copy may succeed as long as nobody gave the order up …
    db.deposit(user, 1).await;
    assert_eq!(db.charge(order, user, 400).await, "CHARGED");
    // … and not after it.
    let given_up = Uuid::now_v7();
    assert_eq!(db.charge(given_up, user, 400).await, "INSUFFICIENT_FUNDS");
    assert_eq!(db.refund(given_up).await, "VOID");
    db.deposit(user, 1_000).await;
    assert_eq!(db.charge(given_up, user, 400).await, "ALREADY_COMPENSATED");
    db.check_invariants().await;
}

#[tokio::test]
async fn no_wallet_counts_as_no_money_and_opens_none() {
    let db = billing().await;
    let (user, order) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(db.charge(order, user, 1).await, "INSUFFICIENT_FUNDS");
    let wallets: i64 =
        db.0.query_one("select count(*) from wallets", &[])
            .await
            .unwrap()
            .get(0);
    assert_eq!((wallets, db.charges().await), (0, 0));
}

#[tokio::test]
async fn what_was_written_stays() {
    let db = billing().await;
    let (user, order) = (db.customer(500).await, Uuid::now_v7());
    db.charge(order, user, 400).await;
    for forbidden in [
        "update ledger set amount = 1",
        "delete from ledger",
        "truncate ledger",
        "delete from charges",
        "update charges set amount = 1",
        "update charges set status = 'VOID'",
        "update wallets set balance = 1000000",
        "update wallets set charged = charged + 101",
        "insert into charges (order_id, status) select gen_random_uuid(), 'CHARGED'",
    ] {
        assert!(db.0.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    db.refund(order).await;
    assert!(
        db.0.batch_execute("update charges set status = 'CHARGED'")
            .await
            .is_err()
    );
    check(&db, user, 500).await;
}

async fn check(db: &Billing, user: Uuid, balance: i64) {
    assert_eq!(db.balance(user).await, balance);
    db.check_invariants().await;
}
