//! Wallets and deposits.

use uuid::Uuid;

use super::billing;

#[tokio::test]
async fn a_wallet_is_opened_once_by_whatever_comes_first() {
    let db = billing().await;
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
async fn the_ledger_is_told_newest_first_in_the_wallets_own_order() {
    let db = billing().await;
    let (user, order) = (db.customer(500).await, Uuid::now_v7());
    db.charge(order, user, 400).await;
    db.refund(order).await;
    let told = db.transactions(user, i64::MAX, 10).await;
    let lines: Vec<_> = told
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
    assert_eq!(told[0]["orderId"], order.to_string());
    assert!(told[2]["orderId"].is_null());
    assert_eq!(db.transactions(user, 3, 1).await, &told[1..2]);
}

#[tokio::test]
async fn a_key_makes_one_deposit_and_shows_it_as_it_was() {
    let db = billing().await;
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
    // Another user's key is another key.
    let stranger = db
        .deposit_as(Uuid::now_v7(), Uuid::now_v7(), 501, Some(("k", "501")))
        .await;
    assert_eq!(stranger["outcome"], "DEPOSITED");
    assert_eq!(db.balance(user).await, 507);
    db.check_invariants().await;
}

#[tokio::test]
async fn a_statement_whose_answer_was_lost_runs_again_with_the_same_answer() {
    let db = billing().await;
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
async fn the_limit_of_a_wallet_is_an_answer_and_a_refund_is_never_above_it() {
    const LIMIT: i64 = 9_000_000_000_000_000;
    let db = billing().await;
    let (user, order) = (db.customer(1_000_000_000_000).await, Uuid::now_v7());
    // As thousands of deposits would leave it.
    let most = LIMIT - 1_000_000_000_000;
    let filled =
        db.0.execute("update wallets set deposited = deposited + $1", &[&most])
            .await;
    assert_eq!(filled.unwrap(), 1);
    assert_eq!(db.charge(order, user, 1_000).await, "CHARGED");
    assert_eq!(db.deposit(user, 1).await["outcome"], "LIMIT_EXCEEDED");
    assert_eq!(db.refund(order).await, "REFUNDED");
    assert_eq!(db.balance(user).await, LIMIT);
}
