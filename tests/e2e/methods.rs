//! Unknown paths, and methods that a path does not support.

use harness::{system::System, unique};
use http::Method;

#[tokio::test]
async fn an_unknown_path_is_a_404_problem() {
    let system = System::connect();
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/orders/",
        "/api/billing/wallet/",
        "/api//orders",
        "/api/nothing/at/all",
        "/api/auth",
        "/api/auth/nothing",
        "/api/billing",
        "/api/billing/wallets",
        "/api/warehouse",
        "/api/warehouse/products/x/y",
        "/api/delivery/nothing",
        "/api/orders/admin/nothing/at/all",
        "/api/openapi.yaml",
        "/api/order",
        "/api/auth/.well-known/nothing",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            system
                .client
                .call(method, path)
                .send()
                .await
                .any_problem(404);
        }
    }
    let customer = system.customer();
    customer
        .get(format!("/api/orders/{}/nothing", unique::id()))
        .send()
        .await
        .any_problem(404);
}

#[tokio::test]
async fn a_wrong_method_is_405_with_the_allowed_ones() {
    let system = System::connect();
    let id = unique::id();
    let get = |path: String| (path, vec!["GET"]);
    let post = |path: String| (path, vec!["POST"]);
    let paths = vec![
        post("/api/auth/register".into()),
        post("/api/auth/login".into()),
        post("/api/auth/refresh".into()),
        post("/api/auth/logout".into()),
        get("/api/auth/me".into()),
        get("/api/auth/.well-known/jwks.json".into()),
        ("/api/billing/wallet".into(), vec!["GET", "POST"]),
        post("/api/billing/wallet/deposits".into()),
        get("/api/billing/wallet/transactions".into()),
        ("/api/warehouse/products".into(), vec!["GET", "POST"]),
        (
            format!("/api/warehouse/products/{id}"),
            vec!["GET", "PATCH"],
        ),
        ("/api/delivery/couriers".into(), vec!["GET", "POST"]),
        (format!("/api/delivery/couriers/{id}"), vec!["GET", "PATCH"]),
        get("/api/delivery/availability".into()),
        ("/api/orders".into(), vec!["GET", "POST"]),
        get(format!("/api/orders/{id}")),
        get(format!("/api/orders/{id}/events")),
        post(format!("/api/orders/{id}/cancel")),
        post("/api/orders/quote".into()),
        get("/api/orders/admin/orders".into()),
        get(format!("/api/orders/admin/orders/{id}")),
        post(format!("/api/orders/admin/orders/{id}/cancel")),
        get("/api/orders/admin/sagas".into()),
        post("/api/orders/admin/sagas/retry".into()),
        post(format!("/api/orders/admin/sagas/{id}/retry")),
        get("/api/openapi.json".into()),
        get("/api/auth/healthz".into()),
        get("/api/orders/readyz".into()),
        (
            format!("/internal/billing/charges/{id}"),
            vec!["PUT", "DELETE"],
        ),
        (
            format!("/internal/warehouse/reservations/{id}"),
            vec!["PUT", "DELETE"],
        ),
        (
            format!("/internal/delivery/reservations/{id}"),
            vec!["PUT", "DELETE"],
        ),
        post("/internal/warehouse/quotes".into()),
        post("/internal/orders/recover".into()),
        get("/internal/billing/metrics".into()),
    ];
    for (path, allowed) in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if allowed.contains(&method) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = system
                .client
                .call(method.clone(), &path)
                .send()
                .await
                .status(405);
            let named: Vec<&str> = answer
                .header("allow")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .collect();
            assert!(
                allowed.iter().all(|method| named.contains(method)),
                "{answer}"
            );
            assert!(!named.contains(&method.as_str()), "{answer}");
        }
    }
}
