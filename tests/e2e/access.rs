//! Access: without a token, as a customer, as another customer, as the admin.

use harness::{
    call::Call,
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use http::Method;
use serde_json::{Value, json};

/// Calls for any user, without a token yet.
fn for_users(system: &System) -> Vec<Call> {
    let id = unique::id();
    let client = &system.client;
    vec![
        client.get("/api/auth/me"),
        client.post("/api/billing/wallet"),
        client.get("/api/billing/wallet"),
        client
            .post("/api/billing/wallet/deposits")
            .json(&json!({"amount": 1})),
        client.get("/api/billing/wallet/transactions"),
        client.post("/api/orders").json(&json!({})),
        client.post("/api/orders/quote").json(&json!({})),
        client.get("/api/orders"),
        client.get(format!("/api/orders/{id}")),
        client.get(format!("/api/orders/{id}/events")),
        client.post(format!("/api/orders/{id}/cancel")),
    ]
}

/// Calls for the admin alone, without a token yet.
fn for_the_admin(system: &System) -> Vec<Call> {
    let id = unique::id();
    let client = &system.client;
    vec![
        client
            .post("/api/warehouse/products")
            .json(&json!({"name": "x", "price": 1})),
        client
            .patch(format!("/api/warehouse/products/{id}"))
            .json(&json!({"price": 1})),
        client
            .post("/api/delivery/couriers")
            .json(&json!({"name": "x"})),
        client.get("/api/delivery/couriers"),
        client.get(format!("/api/delivery/couriers/{id}")),
        client
            .patch(format!("/api/delivery/couriers/{id}"))
            .json(&json!({"active": false})),
        client.get("/api/orders/admin/orders"),
        client.get(format!("/api/orders/admin/orders/{id}")),
        client
            .post(format!("/api/orders/admin/orders/{id}/cancel"))
            .json(&json!({"reason": "x"})),
        client.get("/api/orders/admin/sagas"),
        client.post(format!("/api/orders/admin/sagas/{id}/retry")),
        client.post("/api/orders/admin/sagas/retry"),
    ]
}

#[tokio::test]
async fn without_a_valid_bearer_token_a_call_is_401() {
    let system = System::connect();
    let good = system.customer().token;
    for call in for_users(&system).into_iter().chain(for_the_admin(&system)) {
        call.clone().send().await.any_problem(401);
        for header in [
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b.c",
            "Bearer ..",
            "Basic dXNlcjpwYXNz",
        ] {
            call.clone()
                .header("authorization", header)
                .send()
                .await
                .any_problem(401);
        }
        for header in [
            format!("Token {good}"),
            format!("Bearer {good} {good}"),
            format!("Bearer {good}x"),
            format!("Bearer {good}."),
        ] {
            call.clone()
                .header("authorization", header)
                .send()
                .await
                .any_problem(401);
        }
        call.header("cookie", format!("accessToken={good}"))
            .send()
            .await
            .any_problem(401);
    }
}

#[tokio::test]
async fn a_customer_may_not_call_the_admins_operations() {
    let system = System::connect();
    let customer = system.customer();
    for call in for_the_admin(&system) {
        call.bearer(&customer.token).send().await.any_problem(403);
    }
}

#[tokio::test]
async fn the_admin_may_call_the_admins_operations() {
    let system = System::connect();
    let admin = system.admin().await;
    let expected = [201, 404, 201, 200, 404, 404, 200, 404, 404, 200, 404, 202];
    for (call, status) in for_the_admin(&system).into_iter().zip(expected) {
        call.bearer(&admin.token).send().await.status(status);
    }
}

#[tokio::test]
async fn the_catalogue_needs_no_token() {
    let system = System::connect();
    let product = system.admin().await.product(1, 1).await;
    for path in [
        "/api/warehouse/products".to_owned(),
        format!("/api/warehouse/products/{product}"),
        format!(
            "/api/delivery/availability?from={0}&to={0}",
            harness::dates::any()
        ),
        "/api/auth/.well-known/jwks.json".to_owned(),
        "/api/openapi.json".to_owned(),
    ] {
        system.client.get(path).send().await.status(200);
    }
}

#[tokio::test]
async fn another_users_order_is_404() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    let (stranger, admin) = (system.customer(), system.admin().await);
    let asked = |method: Method, id: uuid::Uuid, suffix: &str, token: &str| {
        system
            .client
            .call(method, format!("/api/orders/{id}{suffix}"))
            .bearer(token)
            .send()
    };
    for (method, suffix) in [
        (Method::GET, ""),
        (Method::GET, "/events"),
        (Method::POST, "/cancel"),
    ] {
        for token in [&stranger.token, &admin.token] {
            let theirs = asked(method.clone(), order.id, suffix, token)
                .await
                .any_problem(404);
            let nobodys = asked(method.clone(), unique::id(), suffix, token)
                .await
                .any_problem(404);
            assert_eq!(
                same_but_ids(theirs),
                same_but_ids(nobodys),
                "the answers tell the two apart"
            );
        }
    }
    let path = format!("/api/orders/{}/events", order.id);
    system
        .client
        .get(path)
        .bearer(&stranger.token)
        .header("accept", "text/event-stream")
        .send()
        .await
        .any_problem(404);
    assert!(purchase.customer.order(order.id).await.is_ready());
    assert_eq!(purchase.holdings().await.balance, 0);
}

fn same_but_ids(mut problem: Value) -> Value {
    problem["instance"] = Value::Null;
    problem
}

#[tokio::test]
async fn each_customer_has_a_separate_wallet() {
    let system = System::connect();
    let (one, other) = (system.customer(), system.customer());
    one.deposit(PRICE).await;
    assert_eq!(other.balance().await, 0);
    assert!(other.transactions().await.is_empty());
}
