//! The variable `currency` is changed over a shop that has wallets, prices and orders.

use std::time::Duration;

use harness::{
    control::Control,
    host_log::HostLog,
    invariants,
    purchase::{PRICE, Purchase},
    require,
    system::System,
    unique,
};
use serde_json::json;

/// Longer than what is left of sagas takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn another_currency_is_refused_until_the_right_one_is_back() {
    let control = require!(Control::get());
    let system = System::connect();
    let purchase = Purchase::with(&system, 3 * PRICE, 3).await;
    let order = purchase.place_and_wait().await;
    let balance = purchase.customer.balance().await;
    let client = &system.client;

    let changed = control.restart_host_with(&[("currency", "USD")]).await;
    for name in ["billing", "warehouse", "orders"] {
        let ready = client.get(format!("/api/{name}/readyz")).send().await;
        let problem = ready.problem(503, "CURRENCY_CHANGED");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("USD") && detail.contains("RUB"), "{detail}");
        let alive = client.get(format!("/api/{name}/healthz")).send().await;
        alive.status(200);
    }
    for name in ["auth", "delivery"] {
        let ready = client.get(format!("/api/{name}/readyz")).send().await;
        ready.status(200);
    }
    let deposit = purchase.customer.post("/api/billing/wallet/deposits");
    let charge = json!({"userId": purchase.customer.id, "amount": 1});
    let charge = system.billing().put_call(unique::id(), &charge);
    for call in [
        deposit.json(&json!({"amount": 1})),
        charge,
        purchase.customer.get("/api/billing/wallet"),
        purchase.customer.post("/api/orders").json(&purchase.body()),
        client.get("/api/warehouse/products"),
    ] {
        call.send().await.problem(503, "CURRENCY_CHANGED");
    }
    // An order keeps its own.
    let shown = purchase.customer.get(format!("/api/orders/{}", order.id));
    assert_eq!(shown.send().await.expect(200)["currency"], "RUB");
    changed.end().await;

    assert_eq!(purchase.customer.balance().await, balance);
    assert!(
        Purchase::affordable(&system)
            .await
            .place_and_wait()
            .await
            .is_ready()
    );
    invariants::assert_hold(&system, PATIENCE).await;
    let log = require!(HostLog::read());
    let said = log.lines().into_iter().any(|line| {
        line["message"] == "the variable `currency` is not the currency of the database"
            && line["variable"] == "USD"
            && line["database"] == "RUB"
    });
    assert!(said, "the log does not name both currencies");
}
