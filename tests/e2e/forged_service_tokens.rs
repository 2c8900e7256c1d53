//! Tokens of internal calls: only a service's token is accepted, and only by the service that it is for.

use harness::{call::Call, system::System, tokens, unique};
use http::Method;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

/// An internal call of each participant, with the audience of its token.
fn internal(system: &System) -> Vec<(&'static str, Call)> {
    let id = unique::id();
    let client = &system.client;
    let call = |method: Method, path: String| client.call(method, path).json(&json!({}));
    vec![
        (
            "billing",
            call(Method::PUT, format!("/internal/billing/charges/{id}")),
        ),
        (
            "billing",
            client.delete(format!("/internal/billing/charges/{id}")),
        ),
        (
            "warehouse",
            call(Method::POST, "/internal/warehouse/quotes".into()),
        ),
        (
            "warehouse",
            call(
                Method::PUT,
                format!("/internal/warehouse/reservations/{id}"),
            ),
        ),
        (
            "warehouse",
            client.delete(format!("/internal/warehouse/reservations/{id}")),
        ),
        (
            "delivery",
            call(Method::PUT, format!("/internal/delivery/reservations/{id}")),
        ),
        (
            "delivery",
            client.delete(format!("/internal/delivery/reservations/{id}")),
        ),
        ("order", client.post("/internal/orders/recover")),
    ]
}

/// Expects every internal call to refuse the token that `forge` makes for its service.
async fn expect_refused(what: &str, forge: impl Fn(&str) -> String) {
    let system = System::connect();
    for (service, call) in internal(&system) {
        let answer = call.bearer(&forge(service)).send().await;
        assert_eq!(answer.status, 401, "{what} is taken:\n{answer}");
    }
}

fn with(service: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = tokens::service_claims("order", service);
    change(&mut claims);
    tokens::signed_by_services(&claims)
}

#[tokio::test]
async fn a_valid_service_token_is_accepted() {
    let system = System::connect();
    for (service, call) in internal(&system) {
        let answer = call.bearer(&tokens::service("order", service)).send().await;
        assert!(matches!(answer.status, 200 | 422), "{answer}");
    }
    let (service, call) = internal(&system).remove(1);
    let nearly_five_minutes = with(service, |claims| claims["exp"] = json!(tokens::now() + 295));
    call.bearer(&nearly_five_minutes).send().await.status(200);
}

#[tokio::test]
async fn tokens_of_users_and_operators_are_no_service_tokens() {
    let system = System::connect();
    for (_, call) in internal(&system) {
        call.send().await.any_problem(401);
    }
    let customer = system.customer();
    expect_refused("a customer's token", |_| customer.token.clone()).await;
    let admin = system.admin().await;
    expect_refused("the admin's token", |_| admin.token.clone()).await;
    let secret = system.environment().variable("service_secret");
    expect_refused("the secret itself", |_| secret.to_owned()).await;
}

#[tokio::test]
async fn the_operator_may_call_only_metrics_and_recover() {
    let system = System::connect();
    for (service, call) in internal(&system) {
        let answer = call.bearer(system.operator_token()).send().await;
        assert_eq!(
            answer.status,
            if service == "order" { 200 } else { 401 },
            "{answer}"
        );
    }
    for name in ["auth", "billing", "warehouse", "delivery", "orders"] {
        let path = format!("/internal/{name}/metrics");
        let service = if name == "orders" { "order" } else { name };
        system.client.get(&path).send().await.any_problem(401);
        system
            .client
            .get(&path)
            .bearer(&tokens::service("order", service))
            .send()
            .await
            .any_problem(401);
        system
            .client
            .get(&path)
            .bearer(&system.customer().token)
            .send()
            .await
            .any_problem(401);
        system
            .client
            .get(&path)
            .bearer(&system.admin().await.token)
            .send()
            .await
            .any_problem(401);
        let longer = format!("{}x", system.operator_token());
        system
            .client
            .get(&path)
            .bearer(&longer)
            .send()
            .await
            .any_problem(401);
        let shorter = &system.operator_token()[..system.operator_token().len() - 1];
        system
            .client
            .get(&path)
            .bearer(shorter)
            .send()
            .await
            .any_problem(401);
    }
}

#[tokio::test]
async fn a_token_is_valid_for_one_service() {
    for other in [
        "auth",
        "billing",
        "warehouse",
        "delivery",
        "order",
        "orders",
        "",
        "*",
    ] {
        expect_refused("a token for another service", |service| {
            // For its own service only the audience's name can be forged.
            let audience = if other == service { "zakaz" } else { other };
            with(service, |claims| claims["aud"] = json!(audience))
        })
        .await;
    }
}

#[tokio::test]
async fn only_a_service_that_makes_the_call_may_make_it() {
    for issuer in ["", "shop", "Order", "orders", "ORDER", "order "] {
        expect_refused(&format!("a token of {issuer:?}"), |service| {
            with(service, |claims| claims["iss"] = json!(issuer))
        })
        .await;
    }
    let system = System::connect();
    for issuer in ["auth", "billing", "warehouse", "delivery"] {
        for (service, call) in internal(&system) {
            let token = tokens::service(issuer, service);
            let answer = call.bearer(&token).send().await;
            // Recovery is anyone's.
            let expected = if service == "order" { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{issuer}:\n{answer}");
        }
    }
}

#[tokio::test]
async fn a_critical_extension_is_refused() {
    let secret = System::connect().environment().variable("service_secret");
    for critical in [json!(["exp"]), json!(["b64"]), json!([]), json!(null)] {
        let header = json!({"alg": "HS256", "typ": "JWT", "crit": critical});
        expect_refused("a token with crit", |service| {
            let claims = tokens::service_claims("order", service);
            tokens::signed_by_secret(&header, &claims, secret.as_bytes(), Algorithm::HS256)
        })
        .await;
    }
}

#[tokio::test]
async fn its_times_must_be_valid() {
    let now = tokens::now();
    let cases = [
        ("an expired token", json!({"exp": now - 1})),
        ("a token of ten minutes", json!({"exp": now + 600})),
        ("a token of a year", json!({"exp": now + 31_536_000})),
        (
            "a token from the future",
            json!({"iat": now + 120, "exp": now + 240}),
        ),
        ("a token whose time is a text", json!({"exp": "soon"})),
        ("a token without its end", json!({"exp": null})),
    ];
    for (what, times) in cases {
        expect_refused(what, |service| {
            with(service, |claims| {
                for (name, value) in times.as_object().expect("times") {
                    claims[name] = value.clone();
                }
            })
        })
        .await;
    }
}

#[tokio::test]
async fn every_claim_is_required() {
    for claim in ["iss", "aud", "iat", "exp"] {
        expect_refused(&format!("a token without {claim}"), |service| {
            with(service, |claims| {
                claims.as_object_mut().expect("claims").remove(claim);
            })
        })
        .await;
    }
}

#[tokio::test]
async fn its_signature_must_be_valid() {
    let secret = System::connect().environment().variable("service_secret");
    let claims = |service: &str| tokens::service_claims("order", service);
    expect_refused("alg none", |service| {
        tokens::unsigned(&json!({"alg": "none", "typ": "JWT"}), &claims(service))
    })
    .await;
    for other in ["", "secret", &secret[1..], &secret[..secret.len() - 1]] {
        let header = json!({"alg": "HS256", "typ": "JWT"});
        expect_refused("another secret", |service| {
            tokens::signed_by_secret(
                &header,
                &claims(service),
                other.as_bytes(),
                Algorithm::HS256,
            )
        })
        .await;
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let header = json!({"alg": format!("{algorithm:?}"), "typ": "JWT"});
        expect_refused("another algorithm", |service| {
            tokens::signed_by_secret(&header, &claims(service), secret.as_bytes(), algorithm)
        })
        .await;
    }
    expect_refused("auth's key", |service| {
        tokens::signed_by_auth(&tokens::access_header(), &claims(service))
    })
    .await;
    expect_refused("a changed audience", |service| {
        let other = if service == "billing" {
            "delivery"
        } else {
            "billing"
        };
        tokens::tampered(&tokens::service("order", other), |claims| {
            claims["aud"] = json!(service)
        })
    })
    .await;
}
