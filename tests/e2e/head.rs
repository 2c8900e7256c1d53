//! HEAD is answered like GET, without the body.

use harness::{environment::Environment, raw_http, system::System, unique};

/// Status and headers of a request, and how many bytes of a body came.
async fn call(
    method: &'static str,
    path: &str,
    token: &str,
) -> (u16, Vec<(String, String)>, usize) {
    let url = &Environment::get().base_url;
    let address = url.trim_start_matches("http://").to_owned();
    let (path, token) = (path.to_owned(), format!("Bearer {token}"));
    let answer = tokio::task::spawn_blocking(move || {
        let headers = [
            ("authorization", token.as_str()),
            ("x-request-id", "head"),
            ("accept", "application/json, text/event-stream;q=0"),
        ];
        raw_http::request(&address, method, &path, &headers, "")
    });
    let answer = answer.await.expect("an answer");
    let headers = answer
        .headers
        .into_iter()
        .filter(|(name, _)| name != "date");
    (answer.status, headers.collect(), answer.body.len())
}

#[tokio::test]
async fn head_has_the_status_and_the_headers_of_get() {
    let system = System::connect();
    let customer = system.customer();
    let paths = [
        ("/api/auth/healthz".to_owned(), 200),
        ("/api/auth/.well-known/jwks.json".to_owned(), 200),
        ("/api/openapi.json".to_owned(), 200),
        ("/api/billing/wallet".to_owned(), 200),
        ("/api/orders".to_owned(), 200),
        (format!("/api/orders/{}", unique::id()), 404),
        ("/api/nothing".to_owned(), 404),
        ("/api/delivery/couriers".to_owned(), 403),
        ("/api/orders?limit=0".to_owned(), 422),
    ];
    for (path, status) in paths {
        let got = call("GET", &path, &customer.token).await;
        assert_eq!(got.0, status, "{path}: {got:?}");
        assert!(got.2 > 0, "{path}");
        let (status, headers, length) = call("HEAD", &path, &customer.token).await;
        assert_eq!((status, headers), (got.0, got.1), "{path}");
        assert_eq!(length, 0, "{path}");
    }
    // What GET does not take, HEAD does not take.
    let (status, headers, length) = call("HEAD", "/api/auth/login", &customer.token).await;
    assert_eq!((status, length), (405, 0), "{headers:?}");
}

#[tokio::test]
async fn head_of_a_stream_ends_at_once() {
    let system = System::connect();
    let purchase = harness::purchase::Purchase::affordable(&system).await;
    let order = purchase.customer.place_and_wait(&purchase.body()).await;
    let address = Environment::get()
        .base_url
        .trim_start_matches("http://")
        .to_owned();
    let (path, token) = (
        format!("/api/orders/{}/events", order.id),
        format!("Bearer {}", purchase.customer.token),
    );
    let answer = tokio::task::spawn_blocking(move || {
        let headers = [
            ("authorization", token.as_str()),
            ("accept", "text/event-stream"),
        ];
        raw_http::request(&address, "HEAD", &path, &headers, "")
    });
    let answer = answer.await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
}
