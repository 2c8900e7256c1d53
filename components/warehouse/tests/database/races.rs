//! Functions that run at the same time.

use futures::future::join_all;
use sql_tests::{count, open_several};
use uuid::Uuid;

use super::Warehouse;

#[tokio::test]
async fn as_many_orders_are_reserved_as_the_stock_suffices_for() {
    let connections: [Warehouse; 24] = open_several().await;
    let tea = connections[0].product(7).await;
    let answers = join_all(
        connections
            .iter()
            .map(async |db| db.reserve(Uuid::now_v7(), &[(tea, 2)]).await),
    )
    .await;
    assert_eq!(
        (count(&answers, "RESERVED"), count(&answers, "OUT_OF_STOCK")),
        (3, 21)
    );
    assert_eq!(connections[0].quantity(tea).await, 1);
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn an_order_cannot_reserve_two_sets_of_items() {
    let connections: [Warehouse; 2] = open_several().await;
    let (tea, cup) = (
        connections[0].product(100).await,
        connections[0].product(100).await,
    );
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let (teas, cups) = ([(tea, 1)], [(cup, 1)]);
        let answers = join_all([
            connections[0].reserve(order, &teas),
            connections[1].reserve(order, &cups),
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
        connections[0].quantity(tea).await + connections[0].quantity(cup).await,
        100
    );
    connections[0].check_invariants().await;
}

#[tokio::test]
async fn many_requests_about_few_products_in_any_order_neither_deadlock_nor_lose_stock() {
    let connections: [Warehouse; 16] = open_several().await;
    let products = join_all((0..6).map(|_| connections[0].product(20))).await;
    let orders: Vec<_> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(connections.iter().enumerate().map(async |(place, db)| {
        for step in 0..60 {
            // A fixed order in which the prime factors make every pair meet, in either order of products.
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
    connections[0].check_invariants().await;
    join_all(orders.iter().map(|order| connections[0].release(*order))).await;
    let reserved: i64 = connections[0]
        .0
        .value("select sum(reserved)::bigint from products", &[])
        .await;
    assert_eq!(reserved, 0);
    connections[0].check_invariants().await;
}
