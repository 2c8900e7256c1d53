//! `/api/auth/.well-known/jwks.json`.

use axum::{extract::State, response::IntoResponse};
use http::{HeaderName, HeaderValue, header};
use service::{Service, identity::public_keys::KeySet};

/// May be cached: a new key is published before the first token is signed with it.
const CACHED: (HeaderName, HeaderValue) = (
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=300"),
);

/// Show the public keys
///
/// The keys that verify access tokens. There are two while the signing key is being replaced.
#[utoipa::path(
    get,
    path = "/api/auth/.well-known/jwks.json",
    tag = "auth",
    operation_id = "showPublicKeys",
    responses((status = 200, description = "The public key set.", body = KeySet))
)]
pub async fn show(State(service): State<Service>) -> impl IntoResponse {
    let keys = service.access_tokens().keys().set().clone();
    ([CACHED], axum::Json(keys))
}
