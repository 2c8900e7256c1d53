//! `Prefer: wait`: the answer comes when the saga has ended.

use harness::{
    order::{CancellationCode, Order},
    purchase::Purchase,
    system::System,
    unique,
};

#[tokio::test]
async fn with_wait_the_order_has_ended() {
    let system = System::connect();
    for (money, ready) in [(harness::purchase::PRICE, true), (0, false)] {
        let purchase = Purchase::with(&system, money, 1).await;
        let call = purchase
            .customer
            .post("/api/orders")
            .header("prefer", "wait=20")
            .json(&purchase.body());
        let answer = call.send().await.status(201);
        assert_eq!(answer.header("preference-applied"), Some("wait=20"));
        assert!(answer.header("location").is_some());
        let order: Order = answer.read();
        assert!(order.saga.has_ended(), "{order:#?}");
        assert_eq!(order.is_ready(), ready);
        if !ready {
            assert_eq!(
                order.cancellation_code(),
                Some(CancellationCode::PaymentFailed)
            );
        }
    }
}

#[tokio::test]
async fn without_the_preference_the_answer_does_not_mention_it() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let answer = purchase
        .customer
        .post("/api/orders")
        .json(&purchase.body())
        .send()
        .await
        .status(201);
    assert_eq!(answer.header("preference-applied"), None);
    purchase
        .customer
        .wait_for_end(answer.read::<Order>().id)
        .await;
}

#[tokio::test]
async fn an_invalid_preference_is_ignored() {
    let system = System::connect();
    for preference in [
        "wait=0",
        "wait=31",
        "wait=x",
        "wait",
        "respond-async",
        "wait=-1",
        "handling=lenient",
    ] {
        let purchase = Purchase::affordable(&system).await;
        let call = purchase
            .customer
            .post("/api/orders")
            .header("prefer", preference)
            .json(&purchase.body());
        let order: Order = call.send().await.status(201).read();
        purchase.customer.wait_for_end(order.id).await;
    }
}

#[tokio::test]
async fn a_repeat_can_wait_too() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let key = unique::name("key");
    let first: Order = purchase
        .customer
        .post("/api/orders")
        .key(&key)
        .json(&purchase.body())
        .send()
        .await
        .status(201)
        .read();
    let call = purchase
        .customer
        .post("/api/orders")
        .key(&key)
        .header("prefer", "wait=20")
        .json(&purchase.body());
    let answer = call.send().await.status(201);
    assert!(answer.is_replay());
    let again: Order = answer.read();
    assert_eq!(again.id, first.id);
    assert!(again.is_ready(), "{again:#?}");
}
