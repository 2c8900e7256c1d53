//! Races for scarce things: exactly as many orders succeed as there are, and the others lose nothing.

use futures::future::join_all;
use harness::{
    customer::Customer,
    dates,
    order::{CancellationCode, Order},
    purchase::PRICE,
    system::System,
};
use serde_json::json;

fn ready(orders: &[Order]) -> usize {
    orders.iter().filter(|order| order.is_ready()).count()
}

fn cancelled(orders: &[Order], code: CancellationCode) -> usize {
    orders
        .iter()
        .filter(|order| order.cancellation_code() == Some(code))
        .count()
}

#[tokio::test]
async fn twelve_customers_order_the_last_product() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(PRICE, 1).await;
    let courier = admin.courier().await;
    let buyers: Vec<Customer> = (0..12).map(|_| system.customer()).collect();
    join_all(buyers.iter().map(|buyer| buyer.deposit(PRICE))).await;

    let orders = join_all(buyers.iter().enumerate().map(|(number, buyer)| {
        let date = dates::in_days(3 + u64::try_from(number).unwrap());
        let body =
            json!({"items": [{"productId": product}], "deliveryDate": date, "courierId": courier});
        async move { buyer.place_and_wait(&body).await }
    }))
    .await;

    assert_eq!(ready(&orders), 1);
    assert_eq!(
        cancelled(&orders, CancellationCode::ItemReservationFailed),
        11
    );
    assert_eq!(admin.quantity(product).await, 0);
    let mut balances = join_all(buyers.iter().map(Customer::balance)).await;
    balances.sort_unstable();
    assert_eq!(balances[0], 0, "the winner paid");
    assert!(
        balances[1..].iter().all(|balance| *balance == PRICE),
        "each loser has all their money: {balances:?}"
    );
}

#[tokio::test]
async fn eight_orders_are_paid_from_one_wallet() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(PRICE, 8).await;
    let courier = admin.courier().await;
    let buyer = system.customer();
    buyer.deposit(3 * PRICE + 100).await;

    let orders = join_all((0..8).map(|number| {
        let body = json!({"items": [{"productId": product}], "deliveryDate": dates::in_days(3 + number), "courierId": courier});
        let buyer = &buyer;
        async move { buyer.place_and_wait(&body).await }
    }))
    .await;

    assert_eq!(ready(&orders), 3);
    assert_eq!(cancelled(&orders, CancellationCode::PaymentFailed), 5);
    assert_eq!(buyer.balance().await, 100);
    assert_eq!(admin.quantity(product).await, 5);
}

#[tokio::test]
async fn ten_orders_want_one_courier_on_one_date() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(PRICE, 10).await;
    let courier = admin.courier().await;
    let date = dates::any();
    let buyers: Vec<Customer> = (0..10).map(|_| system.customer()).collect();
    join_all(buyers.iter().map(|buyer| buyer.deposit(PRICE))).await;

    let orders = join_all(buyers.iter().map(|buyer| {
        let body =
            json!({"items": [{"productId": product}], "deliveryDate": date, "courierId": courier});
        async move { buyer.place_and_wait(&body).await }
    }))
    .await;

    assert_eq!(ready(&orders), 1);
    assert_eq!(
        cancelled(&orders, CancellationCode::CourierReservationFailed),
        9
    );
    assert_eq!(admin.quantity(product).await, 9);
    let left: i64 = join_all(buyers.iter().map(Customer::balance))
        .await
        .iter()
        .sum();
    assert_eq!(left, 9 * PRICE);
    assert_eq!(
        admin
            .slot(courier)
            .await
            .iter()
            .filter(|day| **day == date.to_string())
            .count(),
        1
    );
}

#[tokio::test]
async fn orders_without_a_courier_never_share_one() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(10, 8).await;
    for _ in 0..8 {
        admin.courier().await;
    }
    let date = dates::exclusive();
    let buyer = system.customer();
    buyer.deposit(80).await;

    let orders = join_all((0..8).map(|_| {
        let body = json!({"items": [{"productId": product}], "deliveryDate": date});
        let buyer = &buyer;
        async move { buyer.place_and_wait(&body).await }
    }))
    .await;

    assert_eq!(
        ready(&orders),
        8,
        "there is a courier for each: {orders:#?}"
    );
    let mut couriers: Vec<_> = orders.iter().filter_map(|order| order.courier_id).collect();
    couriers.sort_unstable();
    couriers.dedup();
    assert_eq!(couriers.len(), 8, "two orders share a courier");
}

#[tokio::test]
async fn orders_of_the_same_products_in_different_sequence_do_not_deadlock() {
    let system = System::connect();
    let admin = system.admin().await;
    let (one, two) = (admin.product(10, 100).await, admin.product(10, 100).await);
    let courier = admin.courier().await;
    let buyer = system.customer();
    buyer.deposit(20 * 20).await;

    let orders = join_all((0..20).map(|number| {
        let (first, second) = if number % 2 == 0 {
            (one, two)
        } else {
            (two, one)
        };
        let body = json!({
            "items": [{"productId": first}, {"productId": second}],
            "deliveryDate": dates::in_days(3 + number),
            "courierId": courier,
        });
        let buyer = &buyer;
        async move { buyer.place_and_wait(&body).await }
    }))
    .await;
    assert_eq!(ready(&orders), 20);
    assert_eq!(
        (admin.quantity(one).await, admin.quantity(two).await),
        (80, 80)
    );
}

#[tokio::test]
async fn cancelling_a_running_order_leaves_nothing_reserved() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(PRICE, 20).await;
    let courier = admin.courier().await;
    let buyer = system.customer();
    buyer.deposit(20 * PRICE).await;

    let orders = join_all((0..20).map(|number| {
        let body = json!({"items": [{"productId": product}], "deliveryDate": dates::in_days(3 + number), "courierId": courier});
        let buyer = &buyer;
        async move {
            let placed = buyer.place(&body).await;
            tokio::time::sleep(std::time::Duration::from_millis(number * 4)).await;
            buyer.cancel(placed.id).await.status(200);
            buyer.wait_for_end(placed.id).await
        }
    }))
    .await;
    assert_eq!(cancelled(&orders, CancellationCode::CancelledByUser), 20);
    assert_eq!(buyer.balance().await, 20 * PRICE);
    assert_eq!(admin.quantity(product).await, 20);
    let held = admin.slot(courier).await;
    let dates: Vec<String> = (0..20)
        .map(|number| dates::in_days(3 + number).to_string())
        .collect();
    assert!(
        !held.iter().any(|day| dates.contains(day)),
        "still taken on {held:?}"
    );
}
