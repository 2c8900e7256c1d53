//! What is known of every participant.

use chrono::NaiveDate;
use contract::warehouse;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use service::Domain;
use uuid::Uuid;

/// What an order is about, as far as participants need it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderContents {
    pub order_id: Uuid,
    pub user_id: Uuid,
    /// Minor units.
    pub total: i64,
    pub delivery_date: NaiveDate,
    /// The courier asked for.
    pub courier_id: Option<Uuid>,
    pub items: Vec<warehouse::Item>,
}

/// What an order gains by a step that is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderUpdate {
    /// The courier who was reserved.
    pub courier_id: Option<Uuid>,
}

/// A participant: who does a step, what it is sent and what counts as its answer.
///
/// `PUT path` with `body` does the step, `DELETE path` undoes it; see `docs/participant.md`.
pub struct Participant {
    pub service: Domain,
    /// The variable that holds the service's origin.
    pub url: &'static str,
    pub path: fn(order_id: Uuid) -> String,
    pub body: fn(&OrderContents) -> serde_json::Result<Value>,
    /// Reads the body of a 2xx to the PUT.
    pub done: fn(&OrderContents, &[u8]) -> Result<OrderUpdate, UnexpectedAnswer>,
    /// Reads the body of a 2xx to the DELETE.
    pub undone: fn(&OrderContents, &[u8]) -> Result<(), UnexpectedAnswer>,
}

/// A 2xx whose body is not what the participant sends, so that it may come from something in between.
#[derive(Debug, thiserror::Error)]
pub enum UnexpectedAnswer {
    #[error("the answer cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the answer is about something else")]
    Other,
}

/// The answer, when it is the expected one.
pub(super) fn expect<T: DeserializeOwned>(
    body: &[u8],
    is_expected: impl FnOnce(&T) -> bool,
) -> Result<T, UnexpectedAnswer> {
    let answer: T = serde_json::from_slice(body)?;
    match is_expected(&answer) {
        true => Ok(answer),
        false => Err(UnexpectedAnswer::Other),
    }
}
