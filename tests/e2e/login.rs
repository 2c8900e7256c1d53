//! Logging in, and the claims of a token.

use std::time::{Duration, Instant};

use harness::{
    account::{self, Account, PASSWORD},
    system::System,
    tokens, unique,
};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_login_returns_a_token_with_the_user_and_the_expiry() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let pair = account.log_in().await;
    let (header, claims) = tokens::read(&pair.access);
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(
        claims["iss"],
        system.environment().variable_or("token_issuer", "zakaz")
    );
    assert_eq!(
        claims["aud"],
        system.environment().variable_or("token_audience", "zakaz")
    );
    assert_eq!(
        (&claims["sub"], &claims["role"]),
        (&json!(account.id), &json!("CUSTOMER"))
    );
    let time = |name: &str| {
        claims[name]
            .as_i64()
            .unwrap_or_else(|| panic!("no {name} in {claims}"))
    };
    assert_eq!(time("exp") - time("iat"), 900);
    assert!((time("iat") - tokens::now()).abs() <= 5, "{claims}");
    assert!(
        claims["jti"].as_str().is_some_and(|id| !id.is_empty()),
        "{claims}"
    );
    let (_, other) = tokens::read(&account.log_in().await.access);
    assert_ne!(other["jti"], claims["jti"]);
    assert_eq!(
        claims.as_object().map(|fields| fields.len()),
        Some(7),
        "{claims}"
    );
}

#[tokio::test]
async fn the_public_keys_verify_the_token() {
    let system = System::connect();
    let pair = Account::register(&system.client).await.log_in().await;
    let keys = system
        .client
        .get("/api/auth/.well-known/jwks.json")
        .send()
        .await
        .expect(200);
    let keys = keys["keys"].as_array().expect("keys");
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["crv"]),
            (&json!("OKP"), &json!("Ed25519"))
        );
        assert!(key.get("d").is_none(), "a private key is shown");
    }
    let (header, _) = tokens::read(&pair.access);
    let named = keys
        .iter()
        .filter(|key| header["kid"].is_null() || key["kid"] == header["kid"]);
    let verified = named
        .filter_map(|key| key["x"].as_str())
        .any(|x| tokens::is_signed_by(&pair.access, x));
    assert!(verified, "no key of {keys:?} verifies a token of {header}");
    let tampered = tokens::tampered(&pair.access, |claims| claims["role"] = json!("ADMIN"));
    assert!(
        !keys
            .iter()
            .filter_map(|key| key["x"].as_str())
            .any(|x| tokens::is_signed_by(&tampered, x))
    );
}

#[tokio::test]
async fn a_token_of_auth_is_accepted_by_every_service() {
    let system = System::connect();
    let pair = Account::register(&system.client).await.log_in().await;
    for (path, status) in [
        ("/api/auth/me", 200),
        ("/api/billing/wallet", 200),
        ("/api/orders", 200),
        ("/api/delivery/couriers", 403),
    ] {
        system
            .client
            .get(path)
            .bearer(&pair.access)
            .send()
            .await
            .status(status);
    }
}

#[tokio::test]
async fn unknown_email_and_wrong_password_have_the_same_answer() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let wrong = account::log_in(&system.client, &account.email, "wrong password")
        .await
        .problem(401, "INVALID_CREDENTIALS");
    let unknown = account::log_in(&system.client, &unique::email(), "wrong password")
        .await
        .problem(401, "INVALID_CREDENTIALS");
    let blank = |mut problem: Value| {
        problem["instance"] = Value::Null;
        problem
    };
    assert_eq!(blank(wrong), blank(unknown));
    account::log_in(&system.client, &account.email, &PASSWORD.to_uppercase())
        .await
        .problem(401, "INVALID_CREDENTIALS");
    account::log_in(&system.client, &account.email, &format!("{PASSWORD} "))
        .await
        .problem(401, "INVALID_CREDENTIALS");
}

/// The fastest of a few: the time of the service without the machine's load.
#[tokio::test]
async fn unknown_email_and_wrong_password_take_the_same_time() {
    let system = System::connect();
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..3 {
        let account = Account::register(&system.client).await;
        let stranger = unique::email();
        for _ in 0..4 {
            known = known.min(timed(&system, &account.email).await);
            unknown = unknown.min(timed(&system, &stranger).await);
        }
    }
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!(
        (0.6..1.7).contains(&ratio),
        "{known:?} for a known e-mail, {unknown:?} for an unknown one"
    );
}

async fn timed(system: &System, email: &str) -> Duration {
    let start = Instant::now();
    account::log_in(&system.client, email, "wrong password")
        .await
        .problem(401, "INVALID_CREDENTIALS");
    start.elapsed()
}

#[tokio::test]
async fn me_is_the_account_of_the_token() {
    let system = System::connect();
    let (one, other) = (
        Account::register(&system.client).await,
        Account::register(&system.client).await,
    );
    for account in [one, other] {
        let pair = account.log_in().await;
        let me = system
            .client
            .get("/api/auth/me")
            .bearer(&pair.access)
            .send()
            .await
            .expect(200);
        assert_eq!(
            (&me["id"], &me["email"]),
            (&json!(account.id), &json!(account.email))
        );
    }
    let nobody = tokens::access(Uuid::now_v7(), "CUSTOMER");
    let answer = system
        .client
        .get("/api/auth/me")
        .bearer(&nobody)
        .send()
        .await;
    assert!(
        matches!(answer.status, 401 | 404),
        "a user without an account:\n{answer}"
    );
}
