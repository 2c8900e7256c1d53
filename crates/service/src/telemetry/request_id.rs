//! The id that a request, its log lines and its problems share.

use http::HeaderMap;
use uuid::Uuid;

/// The header that carries the id, in requests and in responses.
pub const HEADER: &str = "x-request-id";

/// A request's id: the client's if it has 1-64 characters of `[A-Za-z0-9_-]`, otherwise a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let given = headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_valid(id));
        Self(match given {
            Some(id) => id.to_owned(),
            None => Uuid::now_v7().to_string(),
        })
    }
}

fn is_valid(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(value: &'static str) -> String {
        let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), value.parse().unwrap())]);
        RequestId::from_headers(&headers).0
    }

    #[test]
    fn a_valid_id_is_kept_and_any_other_is_replaced() {
        assert_eq!(id_of("a-Z_9"), "a-Z_9");
        for bad in [
            "",
            "a b",
            "x/y",
            "12345678901234567890123456789012345678901234567890123456789012345",
        ] {
            assert_ne!(id_of(bad), bad);
        }
        let generated = RequestId::from_headers(&HeaderMap::new()).0;
        assert!(Uuid::parse_str(&generated).is_ok());
    }
}
