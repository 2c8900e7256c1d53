//! The request id: the client's if it is valid, otherwise a generated one. That the answer has it, also as a problem's
//! `instance`, is checked on every call of every test.

use harness::{system::System, unique};

#[tokio::test]
async fn a_valid_request_id_is_kept() {
    let system = System::connect();
    for id in [
        "a",
        "A-b_9",
        unique::name("id").as_str(),
        "x".repeat(64).as_str(),
    ] {
        for path in [
            "/api/auth/healthz",
            "/api/nothing",
            "/api/billing/wallet",
            "/api/warehouse/products",
            "/api/delivery/couriers",
        ] {
            let answer = system
                .client
                .get(path)
                .header("x-request-id", id)
                .send()
                .await;
            assert_eq!(answer.header("x-request-id"), Some(id));
        }
    }
    let answer = system
        .customer()
        .get(format!("/api/orders/{}", unique::id()))
        .header("x-request-id", "mine")
        .send()
        .await;
    assert_eq!(answer.any_problem(404)["instance"], "mine");
}

#[tokio::test]
async fn an_invalid_request_id_is_replaced() {
    let system = System::connect();
    for id in [
        "",
        "two words",
        "dot.ted",
        "semi;colon",
        "x".repeat(65).as_str(),
        "<script>",
        "a,b",
    ] {
        for path in ["/api/auth/healthz", "/api/nothing", "/api/billing/wallet"] {
            let answer = system
                .client
                .get(path)
                .header("x-request-id", id)
                .send()
                .await;
            assert_ne!(answer.header("x-request-id"), Some(id));
        }
    }
}

#[tokio::test]
async fn every_request_gets_a_unique_id() {
    let system = System::connect();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let answer = system.client.get("/api/orders/healthz").send().await;
        ids.push(answer.header("x-request-id").map(str::to_owned));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}
