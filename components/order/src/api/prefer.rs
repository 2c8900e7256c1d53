//! `Prefer: wait=N` (RFC 7240): the client prefers to wait for the end of the saga.

use std::{convert::Infallible, time::Duration};

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};

const LONGEST: u64 = 30;

/// How many seconds the client waits, 1 to 30. Any other preference is passed over, as the RFC demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Option<u64>);

impl Wait {
    fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all("prefer").iter();
        let seconds = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(|preference| {
                let (name, value) = preference.split(';').next()?.split_once('=')?;
                let value = value.trim().trim_matches('"');
                let is_wait = name.trim().eq_ignore_ascii_case("wait");
                is_wait.then(|| value.parse().ok())?
            });
        Self(seconds.filter(|seconds| (1..=LONGEST).contains(seconds)))
    }

    pub fn duration(self) -> Option<Duration> {
        self.0.map(Duration::from_secs)
    }

    /// The header that says that the preference was honoured.
    pub fn applied(self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(&format!("wait={}", self.0?)).ok()?;
        Some((HeaderName::from_static("preference-applied"), value))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Wait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_1_to_30_seconds_is_honoured() {
        let wait = |value: &'static str| {
            Wait::of(&HeaderMap::from_iter([(
                HeaderName::from_static("prefer"),
                HeaderValue::from_static(value),
            )]))
            .0
        };
        assert_eq!(wait("wait=10"), Some(10));
        assert_eq!(wait("respond-async, Wait = \"30\"; x=1"), Some(30));
        for other in [
            "wait=0",
            "wait=31",
            "wait",
            "wait=-1",
            "wait=x",
            "return=minimal",
        ] {
            assert_eq!(wait(other), None, "{other}");
        }
    }
}
