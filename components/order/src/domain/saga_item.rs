//! A saga as the administrator's list shows it.

use saga::{DEFINITION, Saga, ShownState, StepName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Instant;

/// A saga as the database tells of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SagaDocument {
    pub order_id: Uuid,
    pub state: ShownState,
    pub definition: i32,
    pub saga: serde_json::Value,
    pub placed_at: Instant,
    pub updated_at: Instant,
}

/// A saga.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SagaItem {
    pub order_id: Uuid,
    pub state: ShownState,
    /// The step under way, or the one whose undoing fails most; null when the saga has ended.
    #[schema(required = true)]
    pub step: Option<StepName>,
    /// How often it was tried, or how often its undoing was.
    #[schema(minimum = 0)]
    pub attempt: u32,
    /// When it is tried again; null while it is being tried.
    #[schema(required = true)]
    pub next_attempt_at: Option<Instant>,
    #[schema(required = true)]
    pub last_error: Option<String>,
    pub updated_at: Instant,
}

impl SagaDocument {
    pub fn show(self) -> SagaItem {
        let item = SagaItem {
            order_id: self.order_id,
            state: self.state,
            step: None,
            attempt: 0,
            next_attempt_at: None,
            last_error: None,
            updated_at: self.updated_at,
        };
        let saga = match readable(self.definition, self.saga) {
            Ok(saga) => saga,
            Err(unreadable) => {
                return SagaItem {
                    last_error: Some(unreadable),
                    ..item
                };
            }
        };
        let Some(focus) = saga.focus() else {
            return item;
        };
        let next = focus.next_attempt_at;
        SagaItem {
            step: Some(focus.step),
            attempt: focus.attempt,
            next_attempt_at: next.map(|millis| self.placed_at.plus(millis)),
            last_error: focus.last_error,
            ..item
        }
    }
}

/// The state, when this build knows the definition that wrote it; otherwise why it cannot be read.
pub fn readable(definition: i32, saga: serde_json::Value) -> Result<Saga, String> {
    if definition > DEFINITION {
        return Err(format!(
            "a newer build wrote it (definition {definition}, this build knows {DEFINITION})"
        ));
    }
    serde_json::from_value(saga).map_err(|error| format!("its state cannot be read: {error}"))
}

/// A query value.
pub fn state_rule(text: &str) -> Result<ShownState, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        "Must be one of RUNNING, COMPENSATING, COMPLETED, COMPENSATED, STUCK.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saga_of_a_newer_build_is_shown_and_not_guessed_at() {
        let item = SagaDocument {
            order_id: Uuid::nil(),
            state: ShownState::Running,
            definition: DEFINITION + 1,
            saga: serde_json::to_value(saga::place(&saga::Policy::default(), 1).saga).unwrap(),
            placed_at: Instant(0),
            updated_at: Instant(0),
        }
        .show();
        assert_eq!(item.step, None);
        assert!(item.last_error.unwrap().contains("newer build"));
    }
}
