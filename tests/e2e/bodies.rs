//! How a body is read, before its fields are checked.

use std::time::Duration;

use bytes::Bytes;
use harness::{
    answer::Answer, call::Call, conformance, eventually::eventually, system::System, unique,
};
use serde_json::json;

/// Calls that take a body, with valid tokens.
fn calls(system: &System) -> Vec<Call> {
    let customer = system.customer();
    vec![
        system.client.post("/api/auth/register"),
        system.client.post("/api/auth/login"),
        system.client.post("/api/auth/refresh"),
        customer.post("/api/billing/wallet/deposits"),
        customer.post("/api/orders"),
        system.warehouse().post("quotes"),
    ]
}

async fn send_all(system: &System, content_type: &str, body: impl Into<Bytes>) -> Vec<Answer> {
    let body = body.into();
    futures::future::join_all(
        calls(system)
            .into_iter()
            .map(|call| call.body(content_type, body.clone()).send()),
    )
    .await
}

#[tokio::test]
async fn over_64_kib_is_413_and_64_kib_is_not() {
    let system = System::connect();
    let padded = |length: usize| {
        let mut body = String::from("{}");
        body.push_str(&" ".repeat(length - body.len()));
        body
    };
    for answer in send_all(&system, "application/json", padded(64 * 1024)).await {
        answer.any_problem(422);
    }
    for length in [64 * 1024 + 1, 1024 * 1024] {
        for call in calls(&system) {
            let call = call.body("application/json", padded(length));
            answer_before_the_end(call).await.any_problem(413);
        }
    }
}

/// The answer to a call whose body the host may refuse before it has read all of it. It closes the connection then,
/// and the client can lose the answer; such a call is repeated.
async fn answer_before_the_end(call: Call) -> Answer {
    let send = || async {
        let answer = call.clone().try_send().await;
        answer.map_err(|error| error.to_string())
    };
    let answer = eventually("an answer", Duration::from_secs(10), send).await;
    conformance::check(None, &answer);
    answer
}

#[tokio::test]
async fn a_body_must_be_application_json() {
    let system = System::connect();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "text/json",
        "application",
        "",
    ] {
        for answer in send_all(&system, content_type, "{}").await {
            answer.any_problem(415);
        }
    }
    for call in calls(&system) {
        call.untyped_body("{}").send().await.any_problem(415);
    }
    for content_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
    ] {
        for answer in send_all(&system, content_type, "{}").await {
            answer.any_problem(422);
        }
    }
}

#[tokio::test]
async fn malformed_json_is_400() {
    let system = System::connect();
    for body in [
        "",
        " ",
        "{",
        "{}}",
        "{} {}",
        "nul",
        "NaN",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "[1,]",
        "// c\n{}",
        "\u{feff}{}",
    ] {
        for answer in send_all(&system, "application/json", body).await {
            answer.any_problem(400);
        }
    }
}

#[tokio::test]
async fn a_name_twice_in_one_object_is_400() {
    let system = System::connect();
    for body in [
        r#"{"amount":1,"amount":1}"#,
        r#"{"amount":1,"\u0061mount":2}"#,
        r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#,
        r#"{"a":1e999,"a":1}"#,
    ] {
        for answer in send_all(&system, "application/json", body).await {
            answer.problem(400, "MALFORMED_JSON");
        }
    }
}

#[tokio::test]
async fn errors_has_at_most_50_entries() {
    let system = System::connect();
    let many: serde_json::Map<String, serde_json::Value> = (0..500)
        .map(|number| (format!("x{number}"), json!(1)))
        .collect();
    let body = serde_json::to_string(&many).expect("JSON");
    for answer in send_all(&system, "application/json", body).await {
        let problem = answer.expect(422);
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(50));
    }
    let items: Vec<_> = (0..50).map(|_| json!({"quantity": "x"})).collect();
    let answer = system
        .customer()
        .post("/api/orders")
        .json(&json!({"items": items}))
        .send()
        .await;
    let problem = answer.expect(422);
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(50));
}

#[tokio::test]
async fn invalid_utf8_is_400() {
    let system = System::connect();
    let bodies: [&'static [u8]; 4] = [
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xc0\x80\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"\xff\xfe{\0}\0",
    ];
    for body in bodies {
        for answer in send_all(&system, "application/json", body).await {
            answer.any_problem(400);
        }
    }
}

#[tokio::test]
async fn a_body_may_be_nested_128_deep() {
    let system = System::connect();
    let arrays = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for body in [
        arrays(128),
        objects(128),
        format!("{{\"a\":{}}}", arrays(127)),
    ] {
        for answer in send_all(&system, "application/json", body).await {
            answer.any_problem(422);
        }
    }
    for body in [
        arrays(129),
        objects(129),
        format!("{{\"a\":{}}}", arrays(128)),
        arrays(20_000),
        "[".repeat(60_000),
    ] {
        for answer in send_all(&system, "application/json", body).await {
            answer.any_problem(400);
        }
    }
}

#[tokio::test]
async fn a_body_must_be_an_object() {
    let system = System::connect();
    for body in [
        "[]",
        "null",
        "1",
        "\"x\"",
        "true",
        "[{}]",
        "[\"a@b.example\",\"password\"]",
    ] {
        for answer in send_all(&system, "application/json", body).await {
            answer.invalid(&[""]);
        }
    }
    let items = json!({"items": [[unique::id(), 1]], "deliveryDate": "2999-01-01"});
    let answer = system
        .customer()
        .post("/api/orders")
        .json(&items)
        .send()
        .await;
    answer.invalid(&["/items/0", "/deliveryDate"]);
}

#[tokio::test]
async fn size_is_checked_before_type_and_type_before_syntax() {
    let system = System::connect();
    for answer in send_all(&system, "text/plain", "x".repeat(64 * 1024 + 1)).await {
        answer.any_problem(413);
    }
    for answer in send_all(&system, "text/plain", "{").await {
        answer.any_problem(415);
    }
}

#[tokio::test]
async fn authentication_is_checked_before_the_body() {
    let system = System::connect();
    for path in [
        "/api/billing/wallet/deposits",
        "/api/orders",
        "/api/warehouse/products",
        "/api/delivery/couriers",
    ] {
        system
            .client
            .post(path)
            .body("text/plain", "{")
            .send()
            .await
            .any_problem(401);
    }
    let customer = system.customer();
    for path in ["/api/warehouse/products", "/api/delivery/couriers"] {
        customer
            .post(path)
            .body("text/plain", "{")
            .send()
            .await
            .any_problem(403);
    }
}
