//! The same, all at once.

use futures::future::join_all;
use postgres_server::comes_to_wait;
use uuid::Uuid;

use super::{Delivery, connect, database, december};

async fn crowd(size: usize) -> Vec<Delivery> {
    let database = database().await;
    join_all((0..size).map(|_| connect(&database))).await
}

fn count(answers: &[String], outcome: &str) -> usize {
    answers.iter().filter(|answer| *answer == outcome).count()
}

#[tokio::test]
async fn nobody_is_refused_while_a_courier_is_free() {
    let crowd = crowd(24).await;
    join_all((0..20).map(|_| crowd[0].courier())).await;
    for day in 1..=5 {
        let answers = join_all(
            crowd
                .iter()
                .map(|db| db.reserve(Uuid::now_v7(), december(day), None)),
        )
        .await;
        assert_eq!(
            (
                count(&answers, "RESERVED"),
                count(&answers, "NO_COURIER_AVAILABLE")
            ),
            (20, 4)
        );
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn one_courier_goes_to_one_order_a_date() {
    let crowd = crowd(16).await;
    let (ann, _) = (crowd[0].courier().await, crowd[0].courier().await);
    // On two dates at once: they have a courier in common, and no lock of the date.
    let orders = crowd.iter().enumerate().map(async |(place, db)| {
        db.reserve(
            Uuid::now_v7(),
            december(1 + u32::try_from(place).unwrap() % 2),
            Some(ann),
        )
        .await
    });
    let answers = join_all(orders).await;
    assert_eq!(
        (
            count(&answers, "RESERVED"),
            count(&answers, "NO_COURIER_AVAILABLE")
        ),
        (2, 14)
    );
    assert_eq!(crowd[0].slots(ann).await, ["2026-12-01", "2026-12-02"]);
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn reservations_and_releases_of_one_order_take_turns() {
    let crowd = crowd(8).await;
    let ann = crowd[0].courier().await;
    for round in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all(crowd.iter().enumerate().map(async |(place, db)| {
            // Each of them is first in some rounds.
            if (place + round) % 2 == 0 {
                db.reserve(order, december(1), None).await
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
        assert_eq!(
            crowd[0].reserve(order, december(1), None).await,
            "ALREADY_COMPENSATED"
        );
        assert!(crowd[0].slots(ann).await.is_empty());
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn an_order_cannot_take_two_dates() {
    let crowd = crowd(2).await;
    join_all((0..2).map(|_| crowd[0].courier())).await;
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all([
            crowd[0].reserve(order, december(1), None),
            crowd[1].reserve(order, december(2), None),
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
        assert_eq!(crowd[0].release(order).await, "RELEASED");
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn a_crowd_over_few_couriers_and_dates_neither_deadlocks_nor_loses_anybody() {
    let crowd = crowd(16).await;
    let couriers = join_all((0..4).map(|_| crowd[0].courier())).await;
    let orders: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(crowd.iter().enumerate().map(async |(place, db)| {
        for step in 0..60 {
            // A fixed jumble: the prime steps make every pair meet.
            let order = (place * 7 + step * 13) % orders.len();
            let date = december(1 + u32::try_from((order + step) % 5).unwrap());
            match (place + step) % 3 {
                0 => db.release(orders[order]).await,
                1 => db.reserve(orders[order], date, None).await,
                _ => {
                    db.reserve(orders[order], date, Some(couriers[order % couriers.len()]))
                        .await
                }
            };
        }
    }))
    .await;
    crowd[0].check_invariants().await;
    join_all(orders.iter().map(|order| crowd[0].release(*order))).await;
    for courier in couriers {
        assert!(crowd[0].slots(courier).await.is_empty());
    }
    crowd[0].check_invariants().await;
}

#[tokio::test]
async fn a_release_waits_for_a_reservation_under_way() {
    for (end, outcome) in [("commit", "RELEASED"), ("rollback", "VOID")] {
        let mut crowd = crowd(3).await;
        let (order, ann) = (Uuid::now_v7(), crowd[0].courier().await);
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(crowd[0].reserve(order, december(1), None).await, "RESERVED");
        let other = crowd.pop().unwrap();
        let release = tokio::spawn(async move { other.release(order).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(release.await.unwrap(), outcome, "{end}");
        assert_eq!(
            crowd[0].reserve(order, december(1), None).await,
            "ALREADY_COMPENSATED"
        );
        assert!(crowd[0].slots(ann).await.is_empty());
        crowd[0].check_invariants().await;
    }
}

#[tokio::test]
async fn a_reservation_waits_for_a_tombstone_under_way() {
    for (end, outcome) in [("commit", "ALREADY_COMPENSATED"), ("rollback", "RESERVED")] {
        let mut crowd = crowd(3).await;
        let order = Uuid::now_v7();
        crowd[0].courier().await;
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(crowd[0].release(order).await, "VOID");
        let other = crowd.pop().unwrap();
        let reservation =
            tokio::spawn(async move { other.reserve(order, december(1), None).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(reservation.await.unwrap(), outcome, "{end}");
        crowd[0].check_invariants().await;
    }
}

#[tokio::test]
async fn the_last_courier_is_refused_on_committed_facts_only() {
    for (end, outcome) in [("commit", "NO_COURIER_AVAILABLE"), ("rollback", "RESERVED")] {
        let mut crowd = crowd(3).await;
        crowd[0].courier().await;
        crowd[0].0.batch_execute("begin").await.unwrap();
        assert_eq!(
            crowd[0].reserve(Uuid::now_v7(), december(1), None).await,
            "RESERVED"
        );
        let other = crowd.pop().unwrap();
        let second =
            tokio::spawn(async move { other.reserve(Uuid::now_v7(), december(1), None).await });
        assert!(comes_to_wait(&crowd[1].0).await.unwrap());
        crowd[0].0.batch_execute(end).await.unwrap();
        assert_eq!(second.await.unwrap(), outcome, "{end}");
        crowd[0].check_invariants().await;
    }
}
