//! Wallets and deposits.

use sql_tests::open;
use uuid::Uuid;

use super::Billing;

#[tokio::test]
async fn the_first_call_of_any_kind_opens_the_wallet() {
    let db: Billing = open().await;
    let (first, second, third) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let opened = db.wallet(first).await;
    assert_eq!(
        (&opened["opened"], &opened["balance"]),
        (&true.into(), &0.into())
    );
    let again = db.wallet(first).await;
    assert_eq!(
        (&again["opened"], &again["id"]),
        (&false.into(), &opened["id"])
    );
    db.deposit(second, 5).await;
    assert_eq!(db.wallet(second).await["opened"], false);
    assert!(db.transactions(third, i64::MAX, 10).await.is_empty());
    assert_eq!(db.wallet(third).await["opened"], false);
}

#[tokio::test]
async fn transactions_are_listed_newest_first_in_the_wallets_own_order() {
    let db: Billing = open().await;
    let (user, order) = (db.customer(500).await, Uuid::now_v7());
    db.charge(order, user, 400).await;
    db.refund(order).await;
    let entries = db.transactions(user, i64::MAX, 10).await;
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["number"].as_i64().unwrap(),
                entry["type"].as_str().unwrap(),
                entry["balanceAfter"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [(3, "REFUND", 500), (2, "CHARGE", 100), (1, "DEPOSIT", 500)]
    );
    assert_eq!(entries[0]["orderId"], order.to_string());
    assert!(entries[2]["orderId"].is_null());
    assert_eq!(db.transactions(user, 3, 1).await, &entries[1..2]);
}

#[tokio::test]
async fn a_key_makes_one_deposit_and_its_replay_is_the_same() {
    let db: Billing = open().await;
    let user = Uuid::now_v7();
    let first = db
        .deposit_as(user, Uuid::now_v7(), 500, Some(("k", "500")))
        .await;
    assert_eq!(first["outcome"], "DEPOSITED");
    db.deposit(user, 7).await;
    let replay = db
        .deposit_as(user, Uuid::now_v7(), 500, Some(("k", "500")))
        .await;
    assert_eq!(
        (&replay["outcome"], &replay["deposit"]),
        (&"REPLAYED".into(), &first["deposit"])
    );
    let reused = db
        .deposit_as(user, Uuid::now_v7(), 501, Some(("k", "501")))
        .await;
    assert_eq!(reused["outcome"], "KEY_REUSED");
    // Each user has keys of their own.
    let stranger = db
        .deposit_as(Uuid::now_v7(), Uuid::now_v7(), 501, Some(("k", "501")))
        .await;
    assert_eq!(stranger["outcome"], "DEPOSITED");
    assert_eq!(db.balance(user).await, 507);
    db.check_invariants().await;
}

#[tokio::test]
async fn a_statement_that_runs_twice_returns_the_same() {
    let db: Billing = open().await;
    let user = Uuid::now_v7();
    for key in [None, Some(("k", "5"))] {
        let entry = Uuid::now_v7();
        let first = db.deposit_as(user, entry, 5, key).await;
        let second = db.deposit_as(user, entry, 5, key).await;
        assert_eq!((&first, &first["outcome"]), (&second, &"DEPOSITED".into()));
    }
    assert_eq!(db.balance(user).await, 10);
    db.check_invariants().await;
}

#[tokio::test]
async fn deposits_are_limited_and_a_refund_never_exceeds_the_limit() {
    const LIMIT: i64 = 9_000_000_000_000_000;
    let db: Billing = open().await;
    let (user, order) = (db.customer(1_000_000_000_000).await, Uuid::now_v7());
    // The state after thousands of deposits.
    let most = LIMIT - 1_000_000_000_000;
    let filled =
        db.0.execute("update wallets set deposited = deposited + $1", &[&most])
            .await;
    assert_eq!(filled, 1);
    assert_eq!(db.charge(order, user, 1_000).await, "CHARGED");
    assert_eq!(db.deposit(user, 1).await["outcome"], "LIMIT_EXCEEDED");
    assert_eq!(db.refund(order).await, "REFUNDED");
    assert_eq!(db.balance(user).await, LIMIT);
}

#[tokio::test]
async fn a_later_entry_has_no_earlier_time() {
    let db: Billing = open().await;
    let user = Uuid::now_v7();
    db.deposit(user, 5).await;
    // The clock was ahead when it was written, and has been set back.
    db.0.run(
        "alter table ledger disable trigger ledger_is_immutable;
        update ledger set created_at = now() + interval '1 h';
        alter table ledger enable trigger ledger_is_immutable;",
    )
    .await;
    db.deposit(user, 6).await;
    db.charge(Uuid::now_v7(), user, 7).await;
    let amounts: Vec<i64> =
        db.0.values("select amount from ledger order by created_at, number", &[])
            .await;
    assert_eq!(amounts, [5, 6, 7]);
}
