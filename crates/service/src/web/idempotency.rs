//! Requests that can be repeated safely: the `Idempotency-Key` header.

use axum::extract::FromRequestParts;
use http::{HeaderName, HeaderValue, request::Parts};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::web::problem::Problem;

const HEADER: &str = "idempotency-key";

/// The client's key, if it sent one. Fails with 422 unless the key is 1-128 visible ASCII characters.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let key = value.as_bytes();
        let visible = (1..=128).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(key) if visible && values.next().is_none() => Ok(Self(Some(key.to_owned()))),
            _ => Err(Problem::invalid_field(
                "/Idempotency-Key",
                "Must be one key of 1 to 128 visible ASCII characters.",
            )),
        }
    }
}

/// A hex digest of a parsed body with its defaults filled in: equal for bodies that mean the same.
pub fn fingerprint(body: &impl Serialize) -> Result<String, Problem> {
    let bytes = serde_json::to_vec(body).map_err(Problem::internal)?;
    let digest = Sha256::digest(bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The header that marks a response as a replay.
pub fn replayed() -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static("idempotency-replayed"),
        HeaderValue::from_static("true"),
    )
}

/// 422: the key was used for another body.
pub fn reused() -> Problem {
    Problem::unprocessable(
        "IDEMPOTENCY_KEY_REUSED",
        "This Idempotency-Key was used for another body; use a new one.",
    )
}
