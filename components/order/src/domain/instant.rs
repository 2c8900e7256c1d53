//! Instants, as clients see them.

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// Milliseconds since 1970; shown as RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-12-01T09:30:00.123Z")]
pub struct Instant(pub i64);

impl Instant {
    /// `millis` after this instant.
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let date = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        serializer.serialize_str(&date.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        let text = |millis| serde_json::to_string(&Instant(millis)).unwrap();
        assert_eq!(text(1_796_117_400_123), r#""2026-12-01T09:30:00.123Z""#);
        assert_eq!(text(1_796_117_400_000), r#""2026-12-01T09:30:00.000Z""#);
    }
}
