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

/// 429.
pub fn too_many(retry_after: u32) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "TOO_MANY_ATTEMPTS",
        format!("Too many attempts; try again in {retry_after} s."),
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_login_has_retry_after() {
        let problem = too_many(61);
        assert_eq!(problem.status, 429);
        assert!(
            problem
                .headers
                .contains(&(header::RETRY_AFTER, "61".parse().unwrap()))
        );
    }
}
