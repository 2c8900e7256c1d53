//! Parts of responses that several handlers need.

use http::{HeaderName, HeaderValue, StatusCode, header};
use service::Problem;

/// Responses with tokens or personal data must not be cached (RFC 6749, 5.1).
pub const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// 401 with its own code.
pub fn unauthorized(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}
