//! The id that ties a request, its log lines and its problems together.

use http::HeaderMap;
use uuid::Uuid;

/// The header that carries it, both ways.
pub const HEADER: &str = "x-request-id";

/// A request's id: the client's own when it is 1-64 characters of `[A-Za-z0-9_-]`, else a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_acceptable(id));
        Self(match given {
            Some(id) => id.to_owned(),
            None => Uuid::now_v7().to_string(),
        })
    }
}

fn is_acceptable(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HEADER.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_good_id_is_kept_and_any_other_replaced() {
        assert_eq!(RequestId::of(&with("a-Z_9")).0, "a-Z_9");
        for bad in [
            "",
            "a b",
            "x/y",
            "12345678901234567890123456789012345678901234567890123456789012345",
        ] {
            assert_ne!(RequestId::of(&with(bad)).0, bad);
        }
        assert!(Uuid::parse_str(&RequestId::of(&HeaderMap::new()).0).is_ok());
    }
}
