//! The same, all at once.

use futures::future::join_all;
use postgres_server::comes_to_wait;
use uuid::Uuid;

use super::{Billing, connect, database};

async fn crowd(size: usize) -> Vec<Billing> {
    let database = database().await;
    join_all((0..size).map(|_| connect(&database))).await
}

fn count(answers: &[String], outcome: &str) -> usize {
    answers.iter().filter(|answer| *answer == outcome).count()
}

#[tokio::test]
async fn a_wallet_pays_for_as_many_orders_as_it_can() {
    let crowd = crowd(24).await;
    let user = crowd[0].customer(700).await;
    let answers = join_all(crowd.iter().map(|db| db.charge(Uuid::now_v7(), user, 100))).await;
    assert_eq!(
        (
            count(&answers, "CHARGED"),
            count(&answers, "INSUFFICIENT_FUNDS")
        ),
        (7, 17)
    );
    assert_eq!(crowd[0].balance(user).await, 0);
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn twins_make_one_deposit() {
    let crowd = crowd(16).await;
    let user = Uuid::now_v7();
    for round in 1..=20 {
        let key = round.to_string();
        let twins = crowd
            .iter()
            .map(|db| db.deposit_as(user, Uuid::now_v7(), 9, Some((&key, "9"))));
        let twins = join_all(twins).await;
        let outcomes = twins.iter().map(|twin| twin["outcome"].as_str().unwrap());
        let outcomes: Vec<_> = outcomes.map(str::to_owned).collect();
        assert_eq!(count(&outcomes, "DEPOSITED"), 1);
        assert_eq!(count(&outcomes, "REPLAYED"), 15);
        assert!(
            twins
                .iter()
                .all(|twin| twin["deposit"] == twins[0]["deposit"])
        );
        assert_eq!(crowd[0].balance(user).await, 9 * round);
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn twins_open_one_wallet() {
    let crowd = crowd(16).await;
    for _ in 0..20 {
        let user = Uuid::now_v7();
        let wallets = join_all(crowd.iter().map(|db| db.wallet(user))).await;
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
async fn charges_and_refunds_of_one_order_take_turns() {
    let crowd = crowd(8).await;
    let user = crowd[0].customer(100).await;
    for round in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all(crowd.iter().enumerate().map(async |(place, db)| {
            // Each of them is first in some rounds.
            if (place + round) % 2 == 0 {
                db.charge(order, user, 100).await
            } else {
                db.refund(order).await
            }
        }))
        .await;
        let charged = count(&answers, "CHARGED");
        let (refunded, void) = (count(&answers, "REFUNDED"), count(&answers, "VOID"));
        assert!(
            charged == 1 && refunded == 4 || charged == 0 && void == 4,
            "{answers:?}"
        );
        assert_eq!(
            crowd[0].charge(order, user, 100).await,
            "ALREADY_COMPENSATED"
        );
        assert_eq!(crowd[0].balance(user).await, 100);
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn two_users_cannot_both_pay_for_one_order() {
    let crowd = crowd(2).await;
    let (one, other) = (
        crowd[0].customer(10_000).await,
        crowd[0].customer(10_000).await,
    );
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all([
            crowd[0].charge(order, one, 1),
            crowd[1].charge(order, other, 1),
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
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn a_crowd_over_few_wallets_and_orders_neither_deadlocks_nor_loses_money() {
    let crowd = crowd(16).await;
    let users = join_all((0..3).map(|_| crowd[0].customer(1_000))).await;
    let orders: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(crowd.iter().enumerate().map(async |(place, db)| {
        for step in 0..60 {
            // A fixed jumble: the prime steps make every pair meet.
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
    crowd[0].check_invariants().await;
    join_all(orders.iter().map(|order| crowd[0].refund(*order))).await;
    let mut money = 0;
    for user in users {
        money += crowd[0].balance(user).await;
    }
    assert_eq!(money, 3_000 + 16 * 60);
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn a_refund_waits_for_a_charge_under_way() {
    for (end, outcome) in [("commit", "REFUNDED"), ("rollback", "VOID")] {
        let mut crowd = crowd(3).await;
        let (order, user) = (Uuid::now_v7(), crowd[0].customer(100).await);
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(crowd[0].charge(order, user, 100).await, "CHARGED");
        let other = crowd.pop().unwrap();
        let refund = tokio::spawn(async move { other.refund(order).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(refund.await.unwrap(), outcome, "{end}");
        assert_eq!(
            crowd[0].charge(order, user, 100).await,
            "ALREADY_COMPENSATED"
        );
        assert_eq!(crowd[0].balance(user).await, 100);
        crowd[0].check_invariants().await;
    }
}

#[tokio::test]
async fn a_charge_waits_for_a_tombstone_under_way() {
    for (end, outcome) in [("commit", "ALREADY_COMPENSATED"), ("rollback", "CHARGED")] {
        let mut crowd = crowd(3).await;
        let (order, user) = (Uuid::now_v7(), crowd[0].customer(100).await);
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(crowd[0].refund(order).await, "VOID");
        let other = crowd.pop().unwrap();
        let charge = tokio::spawn(async move { other.charge(order, user, 100).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(charge.await.unwrap(), outcome, "{end}");
        crowd[0].check_invariants().await;
    }
}
