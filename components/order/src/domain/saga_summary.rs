//! A saga, as the administrator's list shows it.

use saga::{SagaState, StepName};
use serde::{Deserialize, Serialize};
use service::database::Created;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Instant, schema};
use crate::fulfilment::read_saga;

/// A saga, as the function `saga_record` returns it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SagaRecord {
    pub order_id: Uuid,
    pub state: SagaState,
    pub definition: i32,
    pub saga: serde_json::Value,
    pub placed_at: Instant,
    pub updated_at: Instant,
}

/// A saga.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SagaSummary {
    pub order_id: Uuid,
    pub state: SagaState,
    /// The step under way, or the one whose undo has failed most; null when the saga has ended.
    #[schema(required = true, value_type = Option<schema::StepName>)]
    pub step: Option<StepName>,
    /// How often its call was sent, or its undo.
    #[schema(minimum = 0)]
    pub attempt: u32,
    /// When it is sent again; null while it is under way.
    #[schema(required = true)]
    pub next_attempt_at: Option<Instant>,
    #[schema(required = true)]
    pub last_error: Option<String>,
    pub updated_at: Instant,
}

impl SagaRecord {
    pub const fn place(&self) -> Created {
        Created {
            at: self.placed_at.0,
            id: self.order_id,
        }
    }

    pub fn show(self) -> SagaSummary {
        let summary = SagaSummary {
            order_id: self.order_id,
            state: self.state,
            step: None,
            attempt: 0,
            next_attempt_at: None,
            last_error: None,
            updated_at: self.updated_at,
        };
        let saga = match read_saga(self.definition, self.saga) {
            Ok(saga) => saga,
            Err(unreadable) => {
                return SagaSummary {
                    last_error: Some(unreadable.to_string()),
                    ..summary
                };
            }
        };
        let Some(current) = saga.current_step() else {
            return summary;
        };
        let next = current.next_attempt_at;
        SagaSummary {
            step: Some(current.step),
            attempt: current.attempt,
            next_attempt_at: next.map(|millis| self.placed_at.plus(millis)),
            last_error: current.last_error,
            ..summary
        }
    }
}

/// Reads a query value.
pub fn state_rule(text: &str) -> Result<SagaState, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        "Must be one of RUNNING, COMPENSATING, COMPLETED, COMPENSATED, STUCK.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fulfilment::FULFILMENT;

    #[test]
    fn a_saga_of_a_newer_build_is_shown_without_its_step() {
        let saga = saga::start(&FULFILMENT, &saga::Policy::default(), 1).saga;
        let summary = SagaRecord {
            order_id: Uuid::nil(),
            state: SagaState::Running,
            definition: FULFILMENT.version() + 1,
            saga: serde_json::to_value(saga).unwrap(),
            placed_at: Instant(0),
            updated_at: Instant(0),
        }
        .show();
        assert_eq!(summary.step, None);
        assert!(summary.last_error.unwrap().contains("newer build"));
    }
}
