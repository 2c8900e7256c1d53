//! The same, all at once.

use futures::future::join_all;
use postgres_server::comes_to_wait;
use uuid::Uuid;

use super::{Warehouse, connect, database};

async fn crowd(size: usize) -> Vec<Warehouse> {
    let database = database().await;
    join_all((0..size).map(|_| connect(&database))).await
}

fn count(answers: &[String], outcome: &str) -> usize {
    answers.iter().filter(|answer| *answer == outcome).count()
}

#[tokio::test]
async fn the_last_pieces_go_to_as_many_as_they_suffice_for() {
    let crowd = crowd(24).await;
    let tea = crowd[0].product(7).await;
    let answers = join_all(
        crowd
            .iter()
            .map(async |db| db.reserve(Uuid::now_v7(), &[(tea, 2)]).await),
    )
    .await;
    assert_eq!(
        (count(&answers, "RESERVED"), count(&answers, "OUT_OF_STOCK")),
        (3, 21)
    );
    assert_eq!(crowd[0].quantity(tea).await, 1);
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn reservations_and_releases_of_one_order_take_turns() {
    let crowd = crowd(8).await;
    let (tea, cup) = (crowd[0].product(1).await, crowd[0].product(1).await);
    let items = [(tea, 1), (cup, 1)];
    for round in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all(crowd.iter().enumerate().map(async |(place, db)| {
            // Each of them is first in some rounds.
            if (place + round) % 2 == 0 {
                db.reserve(order, &items).await
            } else {
                db.release(order).await
            }
        }))
        .await;
        let reserved = count(&answers, "RESERVED");
        let (released, void) = (count(&answers, "RELEASED"), count(&answers, "VOID"));
        assert!(
            reserved == 1 && released == 4 || reserved == 0 && void == 4,
            "{answers:?}"
        );
        assert_eq!(crowd[0].reserve(order, &items).await, "ALREADY_COMPENSATED");
        assert_eq!(
            (crowd[0].quantity(tea).await, crowd[0].quantity(cup).await),
            (1, 1)
        );
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn an_order_cannot_hold_two_sets_of_items() {
    let crowd = crowd(2).await;
    let (tea, cup) = (crowd[0].product(100).await, crowd[0].product(100).await);
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let (teas, cups) = ([(tea, 1)], [(cup, 1)]);
        let answers = join_all([
            crowd[0].reserve(order, &teas),
            crowd[1].reserve(order, &cups),
        ])
        .await;
        assert_eq!(
            (
                count(&answers, "RESERVED"),
                count(&answers, "RESERVATION_MISMATCH")
            ),
            (1, 1),
            "{answers:?}"
        );
    }
    assert_eq!(
        crowd[0].quantity(tea).await + crowd[0].quantity(cup).await,
        100
    );
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn a_crowd_over_few_products_in_any_order_neither_deadlocks_nor_loses_stock() {
    let crowd = crowd(16).await;
    let products = join_all((0..6).map(|_| crowd[0].product(20))).await;
    let orders: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(crowd.iter().enumerate().map(async |(place, db)| {
        for step in 0..60 {
            // A fixed jumble: the prime steps make every pair meet, in either order of products.
            let order = (place * 7 + step * 13) % orders.len();
            match (place + step) % 4 {
                0 => {
                    db.release(orders[order]).await;
                }
                1 => {
                    db.set_quantity(products[step % products.len()], 20).await;
                }
                _ => {
                    let mut items: Vec<_> = products.iter().map(|product| (*product, 1)).collect();
                    items.rotate_left(order % products.len());
                    items.truncate(4);
                    db.reserve(orders[order], &items).await;
                }
            }
        }
    }))
    .await;
    crowd[0].check_invariants().await;
    join_all(orders.iter().map(|order| crowd[0].release(*order))).await;
    let held: i64 = crowd[0]
        .0
        .query_one("select sum(reserved)::bigint from products", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(held, 0);
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn a_release_waits_for_a_reservation_under_way() {
    for (end, outcome) in [("commit", "RELEASED"), ("rollback", "VOID")] {
        let mut crowd = crowd(3).await;
        let (order, tea) = (Uuid::now_v7(), crowd[0].product(1).await);
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(crowd[0].reserve(order, &[(tea, 1)]).await, "RESERVED");
        let other = crowd.pop().unwrap();
        let release = tokio::spawn(async move { other.release(order).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(release.await.unwrap(), outcome, "{end}");
        assert_eq!(
            crowd[0].reserve(order, &[(tea, 1)]).await,
            "ALREADY_COMPENSATED"
        );
        assert_eq!(crowd[0].quantity(tea).await, 1);
        crowd[0].check_invariants().await;
    }
}

#[tokio::test]
async fn a_reservation_waits_for_a_tombstone_under_way() {
    for (end, outcome) in [("commit", "ALREADY_COMPENSATED"), ("rollback", "RESERVED")] {
        let mut crowd = crowd(3).await;
        let (order, tea) = (Uuid::now_v7(), crowd[0].product(1).await);
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(crowd[0].release(order).await, "VOID");
        let other = crowd.pop().unwrap();
        let reservation = tokio::spawn(async move { other.reserve(order, &[(tea, 1)]).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(reservation.await.unwrap(), outcome, "{end}");
        crowd[0].check_invariants().await;
    }
}

#[tokio::test]
async fn the_last_piece_is_refused_on_committed_facts_only() {
    for (end, outcome) in [("commit", "OUT_OF_STOCK"), ("rollback", "RESERVED")] {
        let mut crowd = crowd(3).await;
        let tea = crowd[0].product(1).await;
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(
            crowd[0].reserve(Uuid::now_v7(), &[(tea, 1)]).await,
            "RESERVED"
        );
        let other = crowd.pop().unwrap();
        let second = tokio::spawn(async move { other.reserve(Uuid::now_v7(), &[(tea, 1)]).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(second.await.unwrap(), outcome, "{end}");
        crowd[0].check_invariants().await;
    }
}
