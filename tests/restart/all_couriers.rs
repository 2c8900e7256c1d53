//! Counts of all couriers, which need the system without other tests.

use futures::future::join_all;
use harness::{
    dates,
    order::{CancellationCode, Status},
    purchase::PRICE,
    system::System,
    unique,
};
use serde_json::json;

async fn free(system: &System, date: chrono::NaiveDate) -> usize {
    let answer = system
        .client
        .get(format!("/api/delivery/availability?from={date}&to={date}"))
        .send()
        .await
        .expect(200);
    usize::try_from(
        answer["items"][0]["freeCouriers"]
            .as_u64()
            .expect("a number"),
    )
    .expect("a small number")
}

#[tokio::test]
async fn as_many_orders_get_a_courier_as_there_are_couriers() {
    let system = System::connect();
    let admin = system.admin().await;
    let courier = admin.courier().await;
    let date = dates::exclusive();
    let couriers = free(&system, date).await;
    assert!(couriers >= 1);

    let delivery = system.delivery();
    let orders: Vec<_> = (0..couriers + 7).map(|_| unique::id()).collect();
    let body = json!({"date": date});
    let mut answers = Vec::new();
    for batch in orders.chunks(32) {
        answers.extend(join_all(batch.iter().map(|order| delivery.put(*order, &body))).await);
    }
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        couriers
    );
    let mut taken: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.json()["courierId"].to_string())
        .collect();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), couriers, "two reservations share a courier");
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.problem(409, "NO_COURIER_AVAILABLE");
    }
    assert_eq!(free(&system, date).await, 0);
    assert!(admin.slot(courier).await.contains(&date.to_string()));

    // An order for that date fails.
    let customer = system.customer();
    customer.deposit(PRICE).await;
    let product = admin.product(PRICE, 1).await;
    let order = customer
        .place_and_wait(&json!({"items": [{"productId": product}], "deliveryDate": date}))
        .await;
    assert_eq!(order.status, Status::Cancelled);
    assert_eq!(
        order.cancellation_code(),
        Some(CancellationCode::CourierReservationFailed)
    );
    assert_eq!(order.courier_id, None);
    assert_eq!(
        (customer.balance().await, admin.quantity(product).await),
        (PRICE, 1)
    );

    for batch in orders.chunks(32) {
        join_all(batch.iter().map(|order| delivery.undo(*order))).await;
    }
    assert_eq!(free(&system, date).await, couriers);
}
