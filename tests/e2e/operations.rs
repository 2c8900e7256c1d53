//! Operations: health, readiness, metrics and the API document.

use std::collections::BTreeSet;

use harness::{purchase::Purchase, system::System};
use serde_json::Value;

const SERVICES: [&str; 5] = ["auth", "billing", "warehouse", "delivery", "orders"];

#[tokio::test]
async fn every_service_is_alive_and_ready() {
    let system = System::connect();
    for name in SERVICES {
        for probe in ["healthz", "readyz"] {
            system
                .client
                .get(format!("/api/{name}/{probe}"))
                .send()
                .await
                .status(200);
        }
    }
}

#[tokio::test]
async fn every_service_has_metrics_for_its_operator() {
    let system = System::connect();
    assert!(
        Purchase::affordable(&system)
            .await
            .place_and_wait()
            .await
            .is_ready()
    );
    for name in SERVICES {
        let call = system
            .client
            .get(format!("/internal/{name}/metrics"))
            .bearer(system.operator_token());
        let answer = call.send().await.status(200);
        let content_type = answer.header("content-type").unwrap_or_default().to_owned();
        assert!(
            content_type.starts_with("text/plain")
                || content_type.starts_with("application/openmetrics-text"),
            "{content_type}"
        );
        let text = answer.text();
        let families: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("# TYPE "))
            .collect();
        assert!(!families.is_empty(), "{answer}");
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
        {
            let (name, value) = line
                .rsplit_once(' ')
                .unwrap_or_else(|| panic!("the line {line:?} in\n{answer}"));
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let family = name.split('{').next().unwrap_or_default();
            assert!(
                families.iter().any(|it| it
                    .split(' ')
                    .nth(2)
                    .is_some_and(|it| family.starts_with(it))),
                "{line}"
            );
        }
    }
}

/// Every public operation of the contract, with its method.
const DOCUMENTED: [(&str, &str); 35] = [
    ("post", "/api/auth/register"),
    ("post", "/api/auth/login"),
    ("post", "/api/auth/refresh"),
    ("post", "/api/auth/logout"),
    ("get", "/api/auth/me"),
    ("get", "/api/auth/.well-known/jwks.json"),
    ("post", "/api/billing/wallet"),
    ("get", "/api/billing/wallet"),
    ("post", "/api/billing/wallet/deposits"),
    ("get", "/api/billing/wallet/transactions"),
    ("post", "/api/warehouse/products"),
    ("get", "/api/warehouse/products"),
    ("get", "/api/warehouse/products/{}"),
    ("patch", "/api/warehouse/products/{}"),
    ("post", "/api/delivery/couriers"),
    ("get", "/api/delivery/couriers"),
    ("get", "/api/delivery/couriers/{}"),
    ("patch", "/api/delivery/couriers/{}"),
    ("get", "/api/delivery/availability"),
    ("post", "/api/orders"),
    ("get", "/api/orders"),
    ("get", "/api/orders/{}"),
    ("get", "/api/orders/{}/events"),
    ("post", "/api/orders/{}/cancel"),
    ("post", "/api/orders/quote"),
    ("get", "/api/orders/admin/orders"),
    ("get", "/api/orders/admin/orders/{}"),
    ("post", "/api/orders/admin/orders/{}/cancel"),
    ("get", "/api/orders/admin/sagas"),
    ("post", "/api/orders/admin/sagas/{}/retry"),
    ("post", "/api/orders/admin/sagas/retry"),
    ("get", "/api/openapi.json"),
    ("get", "/api/auth/healthz"),
    ("get", "/api/billing/readyz"),
    ("get", "/api/orders/readyz"),
];

#[tokio::test]
async fn the_api_document_has_every_public_operation_and_no_internal_one() {
    let system = System::connect();
    let document = system
        .client
        .get("/api/openapi.json")
        .send()
        .await
        .expect(200);
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1")),
        "{}",
        document["openapi"]
    );
    let paths = document["paths"].as_object().expect("paths");
    assert!(
        paths.keys().all(|path| path.starts_with("/api/")),
        "{:?}",
        paths.keys()
    );
    let found: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, calls)| {
            let calls = calls.as_object().expect("calls").keys();
            calls.map(move |method| (method.clone(), nameless(path)))
        })
        .collect();
    for (method, path) in DOCUMENTED {
        assert!(
            found.contains(&(method.to_owned(), path.to_owned())),
            "{method} {path} is not in the document: {found:#?}"
        );
    }
    let ids: Vec<&Value> = paths
        .values()
        .flat_map(|calls| calls.as_object().expect("calls").values())
        .map(|call| &call["operationId"])
        .collect();
    let distinct: BTreeSet<String> = ids.iter().map(|id| id.to_string()).collect();
    assert_eq!(
        distinct.len(),
        ids.len(),
        "two calls of one operationId: {ids:?}"
    );
}

/// A path without the names of its parameters.
fn nameless(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}
