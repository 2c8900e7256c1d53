//! Bodies that break off or never end: nothing is done, and nothing is held for long.

use std::{io::Write, time::Duration};

use harness::{
    environment::Environment,
    order::{Order, Page},
    purchase::Purchase,
    raw_http::{self, RawAnswer},
    system::System,
};
use serde_json::json;

fn address() -> String {
    let url = &Environment::get().base_url;
    url.trim_start_matches("http://").to_owned()
}

/// The beginning of a request with a JSON body.
fn head(path: &str, token: Option<&str>, framing: &str) -> String {
    let token = token.map_or(String::new(), |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{token}{framing}\r\n\r\n",
        address()
    )
}

/// Requests whose body is `body` and breaks off behind it, in every way there is.
fn broken(path: &str, token: Option<&str>, body: &str) -> Vec<String> {
    let longer = format!("content-length: {}", body.len() + 7);
    let chunked = head(path, token, "transfer-encoding: chunked");
    let chunk = format!("{:x}\r\n{body}\r\n", body.len());
    vec![
        head(path, token, &longer) + body,
        format!("{chunked}{chunk}"),
        format!("{chunked}{chunk}0\r\n"),
        format!("{chunked}{chunk}zz\r\n\r\n"),
        format!("{chunked}{:x}\r\n{body}", body.len() + 7),
    ]
}

async fn break_off(request: String) -> Option<RawAnswer> {
    let answer =
        tokio::task::spawn_blocking(move || raw_http::break_off(&address(), request.as_bytes()));
    answer.await.expect("an end of the connection")
}

/// A broken request has a 400, or none when the host itself has refused it. A gateway in front may refuse it in words of
/// its own.
async fn expect_refused(request: String) {
    if let Some(answer) = break_off(request.clone()).await {
        assert_eq!(answer.status, 400, "{request}\n{answer:?}");
        if answer.header("content-type") == Some("application/problem+json") {
            assert!(answer.body.contains("INCOMPLETE_BODY"), "{answer:?}");
        }
    }
}

/// Sends a request and closes the connection.
async fn hang_up(request: String) {
    let sent = tokio::task::spawn_blocking(move || {
        let mut stream = raw_http::connect(&address());
        stream.write_all(request.as_bytes())
    });
    let sent = sent.await.expect("an end");
    sent.expect("sending the request");
}

#[tokio::test]
async fn a_deposit_whose_body_breaks_off_is_not_made() {
    let customer = System::connect().customer();
    let body = json!({"amount": 500}).to_string();
    let requests = broken("/api/billing/wallet/deposits", Some(&customer.token), &body);
    for request in requests {
        expect_refused(request.clone()).await;
        hang_up(request).await;
    }
    // Time for those whose answer nobody waits for.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(customer.balance().await, 0);
    customer.deposit(500).await;
    assert_eq!(customer.balance().await, 500);
}

#[tokio::test]
async fn an_order_whose_body_breaks_off_is_not_placed() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let customer = &purchase.customer;
    let body = purchase.body().to_string();
    for request in broken("/api/orders", Some(&customer.token), &body) {
        expect_refused(request).await;
    }
    let orders: Page<Order> = customer.get("/api/orders").send().await.status(200).read();
    assert!(orders.items.is_empty());
}

#[tokio::test]
async fn a_call_without_a_body_is_not_done_when_one_breaks_off() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let customer = &purchase.customer;
    let order = customer.place_and_wait(&purchase.body()).await;
    let path = format!("/api/orders/{}/cancel", order.id);
    for request in broken(&path, Some(&customer.token), "{}") {
        expect_refused(request).await;
    }
    assert_eq!(customer.order(order.id).await.status, order.status);
}

#[tokio::test]
async fn a_body_that_never_ends_is_408_and_let_go_whoever_sends_it() {
    let system = System::connect();
    let customer = system.customer();
    let long = "content-length: 1000";
    let chunked = "transfer-encoding: chunked";
    let deposits = "/api/billing/wallet/deposits";
    let beginnings = [
        head(deposits, Some(&customer.token), long) + "{\"amount\": 5",
        head(deposits, None, long) + "{",
        head("/api/auth/register", None, chunked) + "ff\r\n{",
        head("/api/auth/login", None, long),
        head("/api/nothing", None, long) + "{",
        head("/api/orders", Some("nonsense"), long) + "{",
        head("/api/auth/healthz", None, long).replace("POST", "GET"),
    ];
    let dribbled = beginnings.map(|beginning| {
        tokio::task::spawn_blocking(move || {
            let limit = Duration::from_secs(20);
            raw_http::dribble(&address(), beginning.as_bytes(), limit)
        })
    });
    for dribbled in dribbled {
        let (answer, took) = dribbled.await.expect("an answer");
        assert_eq!(answer.status, 408, "{answer:?}");
        assert!(answer.body.contains("REQUEST_TIMEOUT"), "{answer:?}");
        let seconds = took.as_secs_f64();
        assert!((9.5..15.0).contains(&seconds), "{seconds} s: {answer:?}");
    }
    assert_eq!(customer.balance().await, 0);
}
