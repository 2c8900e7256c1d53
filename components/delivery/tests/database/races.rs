//! Functions that run at the same time.

use futures::future::join_all;
use sql_tests::{count, open_several};
use uuid::Uuid;

use super::{Delivery, december};

#[tokio::test]
async fn no_order_is_refused_while_a_courier_is_free() {
    let connections: [Delivery; 24] = open_several().await;
    join_all((0..20).map(|_| connections[0].courier())).await;
    for day in 1..=5 {
        let answers = join_all(
            connections
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
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn a_courier_is_reserved_once_per_date() {
    let connections: [Delivery; 16] = open_several().await;
    let (ann, _) = (
        connections[0].courier().await,
        connections[0].courier().await,
    );
    // On two dates at the same time: these share a courier, but not the lock of a date.
    let orders = connections.iter().enumerate().map(async |(place, db)| {
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
    assert_eq!(
        connections[0].slots(ann).await,
        ["2026-12-01", "2026-12-02"]
    );
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn an_order_cannot_be_reserved_for_two_dates() {
    let connections: [Delivery; 2] = open_several().await;
    join_all((0..2).map(|_| connections[0].courier())).await;
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let answers = join_all([
            connections[0].reserve(order, december(1), None),
            connections[1].reserve(order, december(2), None),
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
        assert_eq!(connections[0].release(order).await, "RELEASED");
    }
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn many_requests_about_few_couriers_and_dates_neither_deadlock_nor_lose_a_courier() {
    let connections: [Delivery; 16] = open_several().await;
    let couriers = join_all((0..4).map(|_| connections[0].courier())).await;
    let orders: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(connections.iter().enumerate().map(async |(place, db)| {
        for step in 0..60 {
            // A fixed order in which the prime factors make every pair meet.
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
    connections[0].check_invariants().await;
    join_all(orders.iter().map(|order| connections[0].release(*order))).await;
    for courier in couriers {
        assert!(connections[0].slots(courier).await.is_empty());
    }
    connections[0].check_invariants().await;
}
