//! The admin's view of sagas, and retries on request.

use harness::{
    order::{Page, SagaState},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

#[tokio::test]
async fn the_admin_sees_each_saga_with_its_state() {
    let system = System::connect();
    let purchase = Purchase::with(&system, PRICE, 2).await;
    let ready = purchase.place_and_wait().await;
    let poor = purchase.place_and_wait().await;
    let admin = &purchase.admin;
    for (order, state) in [(&ready, "COMPLETED"), (&poor, "COMPENSATED")] {
        let path = format!("/api/orders/admin/sagas?limit=100&state={state}");
        let page: Page<Value> = admin.get(path).send().await.status(200).read();
        assert!(
            page.items.iter().all(|saga| saga["state"] == state),
            "a filter lets others through"
        );
        let saga = page
            .items
            .iter()
            .find(|saga| saga["orderId"] == json!(order.id))
            .expect("the saga");
        let fields = [
            "orderId",
            "state",
            "step",
            "attempt",
            "nextAttemptAt",
            "lastError",
            "updatedAt",
        ];
        assert!(
            fields.iter().all(|field| saga.get(field).is_some()),
            "{saga}"
        );
        assert_eq!(
            saga.as_object().map(|fields| fields.len()),
            Some(7),
            "{saga}"
        );
        assert!(
            saga["updatedAt"]
                .as_str()
                .is_some_and(|at| at.ends_with('Z')),
            "{saga}"
        );
        assert!(
            saga["nextAttemptAt"].is_null(),
            "a saga that has ended has nothing to do: {saga}"
        );
    }
    for state in ["RUNNING", "STUCK"] {
        let path = format!("/api/orders/admin/sagas?limit=100&state={state}");
        let page: Page<Value> = admin.get(path).send().await.status(200).read();
        assert!(page.items.iter().all(|saga| saga["state"] == state));
        assert!(
            !page
                .items
                .iter()
                .any(|saga| saga["orderId"] == json!(ready.id))
        );
    }
}

#[tokio::test]
async fn a_retry_is_harmless_at_any_moment() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 2 * PRICE, 2).await;
    let admin = &purchase.admin;
    let placed = purchase.place().await;
    let one = format!("/api/orders/admin/sagas/{}/retry", placed.id);
    let hands = (0..8).map(|number| {
        let path = if number % 2 == 0 {
            one.as_str()
        } else {
            "/api/orders/admin/sagas/retry"
        };
        admin.post(path).send()
    });
    let answers = futures::future::join_all(hands).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 202 | 409))
    );
    let ended = purchase.customer.wait_for_end(placed.id).await;
    assert!(ended.is_ready(), "{ended:#?}");
    assert_eq!(purchase.holdings().await.balance, PRICE, "charged once");
    assert_eq!(ended.timeline.len(), 5);

    admin
        .post("/api/orders/admin/sagas/retry")
        .body("text/plain", "now")
        .send()
        .await
        .status(202);
    admin.post(&one).send().await;
    assert_eq!(
        purchase.customer.order(placed.id).await.saga.state,
        SagaState::Completed
    );
    admin
        .post(format!("/api/orders/admin/sagas/{}/retry", unique::id()))
        .send()
        .await
        .any_problem(404);
}

#[tokio::test]
async fn recovery_is_harmless_at_any_moment() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let placed = purchase.place().await;
    let token = harness::tokens::service("billing", "order");
    for token in [token.as_str(), system.operator_token()] {
        let body = system
            .client
            .post("/internal/orders/recover")
            .bearer(token)
            .send()
            .await
            .expect(200);
        assert!(body["resumed"].as_u64().is_some(), "{body}");
        assert_eq!(
            body.as_object().map(|fields| fields.len()),
            Some(1),
            "{body}"
        );
    }
    let untyped = system
        .client
        .post("/internal/orders/recover")
        .body("text/plain", "now");
    untyped
        .bearer(system.operator_token())
        .send()
        .await
        .status(200);
    assert!(purchase.customer.wait_for_end(placed.id).await.is_ready());
    assert_eq!(purchase.holdings().await.balance, 0);
}
