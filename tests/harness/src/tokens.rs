//! Tokens: valid ones are signed with the system's secrets, forged ones with anything else.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{environment::Environment, unique};

/// Seconds since 1970.
pub fn now() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(elapsed.as_secs()).expect("a clock before the year 292 billion")
}

/// The claims of a valid access token for `user`.
pub fn access_claims(user: Uuid, role: &str) -> Value {
    let environment = Environment::get();
    json!({
        "iss": environment.variable_or("token_issuer", "zakaz"),
        "aud": environment.variable_or("token_audience", "zakaz"),
        "sub": user,
        "role": role,
        "iat": now(),
        "exp": now() + 900,
        "jti": unique::id(),
    })
}

/// The header of an access token: the key's id is the first of the public keys.
pub fn access_header() -> Value {
    let keys = Environment::get().public_keys();
    match keys["keys"][0].get("kid") {
        Some(kid) => json!({"alg": "EdDSA", "typ": "JWT", "kid": kid}),
        None => json!({"alg": "EdDSA", "typ": "JWT"}),
    }
}

/// A valid access token for `user`, as `auth` makes it.
pub fn access(user: Uuid, role: &str) -> String {
    signed_by_auth(&access_header(), &access_claims(user, role))
}

/// Any header and claims, signed with the system's private key.
pub fn signed_by_auth(header: &Value, claims: &Value) -> String {
    signed(
        header,
        claims,
        &EncodingKey::from_ed_der(&Environment::get().access_token_key()),
        Algorithm::EdDSA,
    )
}

/// Any header and claims, signed with a random Ed25519 key.
pub fn signed_by_unknown_key(header: &Value, claims: &Value) -> String {
    // PKCS#8 of an Ed25519 key: this prefix and the 32 bytes of the seed.
    let mut der = vec![
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    der.extend((0..4).flat_map(|_| unique::bits().to_le_bytes()));
    signed(
        header,
        claims,
        &EncodingKey::from_ed_der(&der),
        Algorithm::EdDSA,
    )
}

/// The claims of a valid token for a call from one service to another.
pub fn service_claims(from: &str, to: &str) -> Value {
    json!({"iss": from, "aud": to, "iat": now(), "exp": now() + 60})
}

/// A valid token for a call from one service to another.
pub fn service(from: &str, to: &str) -> String {
    signed_by_services(&service_claims(from, to))
}

/// Any claims, signed with the services' shared secret.
pub fn signed_by_services(claims: &Value) -> String {
    let secret = Environment::get().variable("service_secret");
    signed_by_secret(
        &json!({"alg": "HS256", "typ": "JWT"}),
        claims,
        secret.as_bytes(),
        Algorithm::HS256,
    )
}

/// Any header and claims, signed with a secret and an HMAC.
pub fn signed_by_secret(
    header: &Value,
    claims: &Value,
    secret: &[u8],
    algorithm: Algorithm,
) -> String {
    signed(header, claims, &EncodingKey::from_secret(secret), algorithm)
}

/// Any header and claims without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", message(header, claims))
}

/// Changes the claims of `token` and keeps its signature.
pub fn tampered(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next(), parts.next(), parts.next());
    let (Some(header), Some(claims), Some(signature)) = (header, claims, signature) else {
        panic!("{token} is no JWT");
    };
    let mut claims = part(claims);
    change(&mut claims);
    format!("{header}.{}.{signature}", encoded(&claims))
}

/// The header and the claims of a token, unverified.
pub fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.');
    (
        part(parts.next().unwrap_or("")),
        part(parts.next().unwrap_or("")),
    )
}

/// Whether `token` is signed by the Ed25519 key whose public half has this `x` (as in a JWK).
pub fn is_signed_by(token: &str, x: &str) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let key = jsonwebtoken::DecodingKey::from_ed_components(x).expect("an x of an Ed25519 key");
    crypto::verify(signature, message.as_bytes(), &key, Algorithm::EdDSA).unwrap_or(false)
}

fn signed(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = message(header, claims);
    let signature =
        crypto::sign(message.as_bytes(), key, algorithm).expect("a key that fits its algorithm");
    format!("{message}.{signature}")
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encoded(header), encoded(claims))
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn part(text: &str) -> Value {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .unwrap_or_else(|error| panic!("{text:?} is no part of a JWT: {error}"));
    serde_json::from_slice(&bytes)
        .unwrap_or_else(|error| panic!("{text:?} is no part of a JWT: {error}"))
}
