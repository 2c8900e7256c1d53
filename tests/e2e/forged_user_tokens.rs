//! Forged access tokens, by every known method. Each service verifies tokens itself, so each is called.

use harness::{call::Call, system::System, tokens, unique};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

/// A call of each service that needs a user.
fn guarded(system: &System) -> [Call; 4] {
    [
        system.client.get("/api/auth/me"),
        system.client.get("/api/billing/wallet"),
        system.client.get("/api/delivery/couriers"),
        system.client.get("/api/orders"),
    ]
}

/// Expects every service to refuse `token` with the same answer as no token.
async fn expect_refused(system: &System, what: &str, token: &str) {
    for call in guarded(system) {
        let answer = call.bearer(token).send().await;
        assert_eq!(answer.status, 401, "{what} is taken:\n{answer}");
    }
    let product = system
        .client
        .post("/api/warehouse/products")
        .bearer(token)
        .json(&json!({"name": "x", "price": 1}));
    let answer = product.send().await;
    assert_eq!(answer.status, 401, "{what} is taken:\n{answer}");
}

fn admin_claims() -> Value {
    tokens::access_claims(unique::id(), "ADMIN")
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = admin_claims();
    change(&mut claims);
    claims
}

#[tokio::test]
async fn the_harness_makes_valid_tokens() {
    let system = System::connect();
    let token = tokens::signed_by_auth(
        &tokens::access_header(),
        &tokens::access_claims(unique::id(), "CUSTOMER"),
    );
    system
        .client
        .get("/api/billing/wallet")
        .bearer(&token)
        .send()
        .await
        .status(200);
    system
        .client
        .get("/api/orders")
        .bearer(&token)
        .send()
        .await
        .status(200);
    system
        .client
        .get("/api/delivery/couriers")
        .bearer(&token)
        .send()
        .await
        .any_problem(403);
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let system = System::connect();
    for name in ["none", "None", "NONE", "nOnE"] {
        let header = json!({"alg": name, "typ": "JWT"});
        let token = tokens::unsigned(&header, &admin_claims());
        expect_refused(&system, "alg none", &token).await;
        expect_refused(
            &system,
            "alg none without its dot",
            token.trim_end_matches('.'),
        )
        .await;
        expect_refused(
            &system,
            "alg none with a signature",
            &format!("{token}AAAA"),
        )
        .await;
    }
    let mut cut = tokens::signed_by_auth(&tokens::access_header(), &admin_claims());
    cut.truncate(cut.rfind('.').expect("a dot") + 1);
    expect_refused(&system, "an empty signature", &cut).await;
}

#[tokio::test]
async fn a_public_key_is_not_accepted_as_an_hmac_secret() {
    let system = System::connect();
    let keys = system.environment().public_keys();
    let x = keys["keys"][0]["x"].as_str().expect("an x");
    let raw = base64_url(x);
    let pem = public_pem(&raw);
    let variable = system.environment().variable("auth_public_keys");
    let kid = tokens::access_header()["kid"].clone();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let header = json!({"alg": format!("{algorithm:?}"), "typ": "JWT", "kid": kid});
        for secret in [
            x.as_bytes(),
            raw.as_slice(),
            pem.as_bytes(),
            pem.trim().as_bytes(),
            variable.as_bytes(),
            b"".as_slice(),
        ] {
            expect_refused(
                &system,
                "an HMAC under the public key",
                &tokens::signed_by_secret(&header, &admin_claims(), secret, algorithm),
            )
            .await;
        }
    }
}

fn base64_url(text: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn public_pem(raw: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let prefix = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let der = [prefix.as_slice(), raw].concat();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64_STANDARD.encode(der)
    )
}

#[tokio::test]
async fn a_token_with_a_critical_extension_is_refused() {
    let system = System::connect();
    for critical in [json!(["exp"]), json!(["b64"]), json!([]), json!(null)] {
        let mut header = tokens::access_header();
        header["crit"] = critical;
        let token = tokens::signed_by_auth(&header, &admin_claims());
        expect_refused(&system, "a token with crit", &token).await;
    }
}

#[tokio::test]
async fn a_token_signed_with_another_key_is_refused() {
    let system = System::connect();
    let mut header = tokens::access_header();
    expect_refused(
        &system,
        "a stranger's key",
        &tokens::signed_by_unknown_key(&header, &admin_claims()),
    )
    .await;
    header["kid"] = json!("another");
    expect_refused(
        &system,
        "a stranger's key and its name",
        &tokens::signed_by_unknown_key(&header, &admin_claims()),
    )
    .await;
    for (name, value) in [
        (
            "jwk",
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
        ),
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("x5u", json!("http://127.0.0.1:1/x.pem")),
    ] {
        let mut header = tokens::access_header();
        header[name] = value;
        expect_refused(
            &system,
            "a key that the token brings",
            &tokens::signed_by_unknown_key(&header, &admin_claims()),
        )
        .await;
    }
    let good = tokens::access(unique::id(), "CUSTOMER");
    expect_refused(
        &system,
        "a changed role",
        &tokens::tampered(&good, |claims| claims["role"] = json!("ADMIN")),
    )
    .await;
    expect_refused(
        &system,
        "a changed user",
        &tokens::tampered(&good, |claims| claims["sub"] = json!(unique::id())),
    )
    .await;
    expect_refused(
        &system,
        "a longer life",
        &tokens::tampered(&good, |claims| claims["exp"] = json!(tokens::now() + 9_000)),
    )
    .await;
}

#[tokio::test]
async fn each_claim_is_required_and_checked() {
    let system = System::connect();
    let now = tokens::now();
    let sign = |claims: Value| tokens::signed_by_auth(&tokens::access_header(), &claims);
    for claim in ["iss", "aud", "sub", "role", "exp"] {
        let token = sign(with(|claims| {
            claims.as_object_mut().expect("claims").remove(claim);
        }));
        expect_refused(&system, &format!("a token without {claim}"), &token).await;
    }
    for (claim, value) in [
        ("iss", json!("elsewhere")),
        ("iss", json!("")),
        ("aud", json!("elsewhere")),
        ("aud", json!(["elsewhere"])),
        ("sub", json!("admin")),
        ("sub", json!("")),
        ("role", json!("ROOT")),
        ("role", json!("")),
        ("role", json!(["ADMIN"])),
        ("exp", json!(now - 1)),
        ("exp", json!(now - 30)),
        ("exp", json!(0)),
        ("exp", json!("never")),
        ("nbf", json!(now + 120)),
    ] {
        expect_refused(
            &system,
            &format!("{claim} {value}"),
            &sign(with(|claims| claims[claim] = value.clone())),
        )
        .await;
    }
}

#[tokio::test]
async fn a_token_expires_at_its_second() {
    let system = System::connect();
    let user = unique::id();
    let mut claims = tokens::access_claims(user, "CUSTOMER");
    claims["exp"] = json!(tokens::now() + 2);
    let token = tokens::signed_by_auth(&tokens::access_header(), &claims);
    system
        .client
        .get("/api/billing/wallet")
        .bearer(&token)
        .send()
        .await
        .status(200);
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    system
        .client
        .get("/api/billing/wallet")
        .bearer(&token)
        .send()
        .await
        .any_problem(401);
}

#[tokio::test]
async fn service_and_refresh_tokens_are_no_access_tokens() {
    let system = System::connect();
    for service in ["auth", "billing", "warehouse", "delivery", "order"] {
        expect_refused(
            &system,
            "a service's token",
            &tokens::service("order", service),
        )
        .await;
    }
    expect_refused(&system, "the operator's token", system.operator_token()).await;
    let secret = system.environment().variable("service_secret");
    expect_refused(&system, "the services' secret", secret).await;
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let token = tokens::signed_by_secret(
        &header,
        &admin_claims(),
        secret.as_bytes(),
        Algorithm::HS256,
    );
    expect_refused(
        &system,
        "a user's claims under the services' secret",
        &token,
    )
    .await;
}
