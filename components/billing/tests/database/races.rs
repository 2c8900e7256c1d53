//! Functions that run at the same time.

use futures::future::join_all;
use sql_tests::{count, open_several};
use uuid::Uuid;

use super::Billing;

#[tokio::test]
async fn a_wallet_pays_for_as_many_orders_as_its_money_suffices_for() {
    let connections: [Billing; 24] = open_several().await;
    let user = connections[0].customer(700).await;
    let answers = join_all(
        connections
            .iter()
            .map(|db| db.charge(Uuid::now_v7(), user, 100)),
    )
    .await;
    assert_eq!(
        (
            count(&answers, "CHARGED"),
            count(&answers, "INSUFFICIENT_FUNDS")
        ),
        (7, 17)
    );
    assert_eq!(connections[0].balance(user).await, 0);
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn requests_with_the_same_key_make_one_deposit() {
    let connections: [Billing; 16] = open_several().await;
    let user = Uuid::now_v7();
    for round in 1..=20 {
        let key = round.to_string();
        let deposits = connections
            .iter()
            .map(|db| db.deposit_as(user, Uuid::now_v7(), 9, Some((&key, "9"))));
        let deposits = join_all(deposits).await;
        let outcomes = deposits
            .iter()
            .map(|deposit| deposit["outcome"].as_str().unwrap());
        let outcomes: Vec<_> = outcomes.map(str::to_owned).collect();
        assert_eq!(count(&outcomes, "DEPOSITED"), 1);
        assert_eq!(count(&outcomes, "REPLAYED"), 15);
        assert!(
            deposits
                .iter()
                .all(|deposit| deposit["deposit"] == deposits[0]["deposit"])
        );
        assert_eq!(connections[0].balance(user).await, 9 * round);
    }
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn concurrent_requests_open_one_wallet() {
    let connections: [Billing; 16] = open_several().await;
    for _ in 0..20 {
        let user = Uuid::now_v7();
        let wallets = join_all(connections.iter().map(|db| db.wallet(user))).await;
        let opened = wallets.iter().filter(|wallet| wallet["opened"] == true);
        assert_eq!(opened.count(), 1);
        assert!(
            wallets
                .iter()
                .all(|wallet| wallet["id"] == wallets[0]["id"])
        );
    }
}

#[tokio::test]
async fn two_users_cannot_both_pay_for_one_order() {
    let connections: [Billing; 2] = open_several().await;
    let (first, second) = (
        connections[0].customer(10_000).await,
        connections[0].customer(10_000).await,
    );
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all([
            connections[0].charge(order, first, 1),
            connections[1].charge(order, second, 1),
        ])
        .await;
        assert_eq!(
            (
                count(&answers, "CHARGED"),
                count(&answers, "CHARGE_MISMATCH")
            ),
            (1, 1),
            "{answers:?}"
        );
    }
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn many_requests_about_few_wallets_and_orders_neither_deadlock_nor_lose_money() {
    let connections: [Billing; 16] = open_several().await;
    let users = join_all((0..3).map(|_| connections[0].customer(1_000))).await;
    let orders: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(connections.iter().enumerate().map(async |(place, db)| {
        for step in 0..60 {
            // A fixed order in which the prime factors make every pair meet.
            let order = (place * 7 + step * 13) % orders.len();
            if (place + step) % 3 == 0 {
                db.refund(orders[order]).await;
            } else {
                db.charge(orders[order], users[order % users.len()], 90)
                    .await;
            }
            db.deposit(users[step % users.len()], 1).await;
        }
    }))
    .await;
    connections[0].check_invariants().await;
    join_all(orders.iter().map(|order| connections[0].refund(*order))).await;
    let mut money = 0;
    for user in users {
        money += connections[0].balance(user).await;
    }
    assert_eq!(money, 3_000 + 16 * 60);
    connections[0].check_invariants().await;
}
