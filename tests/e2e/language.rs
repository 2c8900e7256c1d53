//! Labels and reasons in both languages.

use harness::{
    order::{CancellationCode, Order, Page},
    purchase::{PRICE, Purchase},
    system::System,
};

/// Checks every label of an order in `language`.
fn check(order: &Order, language: &str) {
    assert_eq!(order.status_label, order.status.label(language));
    for entry in &order.timeline {
        assert_eq!(entry.status_label, entry.status.label(language));
    }
    if let Some(cancellation) = &order.cancellation {
        assert_eq!(cancellation.message, cancellation.code.message(language));
    }
}

/// An order for each ending. Together they have had every status.
async fn endings(system: &System) -> Vec<(Purchase, Order)> {
    let ready = Purchase::affordable(system).await;
    let poor = Purchase::with(system, 0, 1).await;
    let sold_out = Purchase::with(system, PRICE, 0).await;
    let mut no_courier = Purchase::affordable(system).await;
    no_courier.courier = harness::unique::id();
    let regretted = Purchase::affordable(system).await;
    let mut orders = Vec::new();
    for purchase in [ready, poor, sold_out, no_courier, regretted] {
        let order = purchase.place_and_wait().await;
        orders.push((purchase, order));
    }
    let (purchase, order) = orders.last_mut().expect("five orders");
    purchase.customer.cancel(order.id).await.status(200);
    *order = purchase.customer.wait_for_end(order.id).await;
    orders
}

#[tokio::test]
async fn every_label_and_reason_is_that_of_the_contract() {
    let system = System::connect();
    let orders = endings(&system).await;
    let codes: Vec<_> = orders
        .iter()
        .map(|(_, order)| order.cancellation_code())
        .collect();
    assert_eq!(
        codes,
        [
            None,
            Some(CancellationCode::PaymentFailed),
            Some(CancellationCode::ItemReservationFailed),
            Some(CancellationCode::CourierReservationFailed),
            Some(CancellationCode::CancelledByUser),
        ]
    );
    for (purchase, order) in orders {
        for language in ["ru", "en"] {
            let path = format!("/api/orders/{}", order.id);
            let answer = purchase
                .customer
                .get(path)
                .language(language)
                .send()
                .await
                .status(200);
            assert_eq!(answer.header("content-language"), Some(language));
            assert_eq!(answer.header("vary"), Some("accept-language"));
            check(&answer.read(), language);
            let answer = purchase
                .customer
                .get("/api/orders")
                .language(language)
                .send()
                .await
                .status(200);
            assert_eq!(answer.header("content-language"), Some(language));
            assert_eq!(answer.header("vary"), Some("accept-language"));
            let page: Page<Order> = answer.read();
            page.items.iter().for_each(|order| check(order, language));
            let path = format!("/api/orders/{}/events", order.id);
            let answer = purchase
                .customer
                .get(path)
                .language(language)
                .send()
                .await
                .status(200);
            assert_eq!(answer.header("content-language"), Some(language));
            assert_eq!(answer.header("vary"), Some("accept-language"));
            let items = answer.json()["items"].clone();
            let timeline: Vec<harness::order::Entry> =
                serde_json::from_value(items).expect("a timeline");
            assert!(!timeline.is_empty());
            timeline
                .iter()
                .for_each(|entry| assert_eq!(entry.status_label, entry.status.label(language)));
        }
    }
}

#[tokio::test]
async fn placing_and_cancelling_answer_in_the_language() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let answer = purchase
        .customer
        .post("/api/orders")
        .language("en")
        .json(&purchase.body())
        .send()
        .await
        .status(201);
    assert_eq!(answer.header("content-language"), Some("en"));
    assert_eq!(answer.header("vary"), Some("accept-language"));
    let order: Order = answer.read();
    check(&order, "en");
    let path = format!("/api/orders/{}/cancel", order.id);
    let answer = purchase
        .customer
        .post(path)
        .language("en")
        .send()
        .await
        .status(200);
    assert_eq!(answer.header("content-language"), Some("en"));
    assert_eq!(answer.header("vary"), Some("accept-language"));
    check(&answer.read(), "en");
    purchase.customer.wait_for_end(order.id).await;
}

#[tokio::test]
async fn the_language_is_the_one_that_the_client_prefers() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 1).await;
    let order = purchase.place_and_wait().await;
    let path = format!("/api/orders/{}", order.id);
    let plain = purchase.customer.get(&path).send().await.status(200);
    assert_eq!(plain.header("content-language"), Some("ru"), "by default");
    for (accepted, language) in [
        ("en", "en"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("en-US,en;q=0.9", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en;q=0.2, ru;q=0.8", "ru"),
        ("ru;q=0.2, en;q=0.8", "en"),
        ("de, en;q=0.5", "en"),
        ("de", "ru"),
        ("*", "ru"),
        ("", "ru"),
        (";;q=,", "ru"),
    ] {
        let answer = purchase
            .customer
            .get(&path)
            .language(accepted)
            .send()
            .await
            .status(200);
        assert_eq!(
            answer.header("content-language"),
            Some(language),
            "of {accepted:?}"
        );
        check(&answer.read(), language);
    }
}
