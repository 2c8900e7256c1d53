//! The status of an order, as customers see it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use service::web::language::Language;

use crate::fulfilment::{self, Term};

/// A status by its code. The codes are in [`fulfilment`]; a newer build may have written another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderStatus(Cow<'static, str>);

impl OrderStatus {
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The label in a language; of a status that this build does not know, the code.
    pub fn label(&self, language: Language) -> String {
        let label = fulfilment::status_label(&self.0);
        label.map_or_else(
            || self.0.to_string(),
            |label| label.in_language(language).to_owned(),
        )
    }
}

impl From<&'static Term> for OrderStatus {
    fn from(status: &'static Term) -> Self {
        Self(Cow::Borrowed(status.code))
    }
}

/// Reads a query value.
pub fn status_rule(text: &str) -> Result<OrderStatus, String> {
    fulfilment::statuses()
        .find(|status| status.code == text)
        .map(OrderStatus::from)
        .ok_or_else(|| {
            let codes: Vec<_> = fulfilment::statuses().map(|status| status.code).collect();
            format!("Must be one of {}.", codes.join(", "))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_written_by_its_code() {
        for status in fulfilment::statuses() {
            let read = status_rule(status.code).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), status.code);
            assert_eq!(read.label(Language::English), status.label.english);
        }
        let error = status_rule("ready").unwrap_err();
        assert!(
            error.starts_with("Must be one of PENDING, ") && error.ends_with(", READY, CANCELLED."),
            "{error}"
        );
    }

    #[test]
    fn a_status_of_a_newer_build_is_shown_by_its_code() {
        let status: OrderStatus = serde_json::from_value("AWAITING_GIFT_WRAP".into()).unwrap();
        assert_eq!(status.label(Language::Russian), "AWAITING_GIFT_WRAP");
    }
}
