//! Why a saga is undone.

use serde::{Deserialize, Serialize};

use crate::{ReasonCode, StepDefinition};

/// The code in the detail of a [`Reason`] when a step had no answer before the deadline.
pub const NO_ANSWER: &str = "NO_ANSWER";

/// Why a saga is undone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    pub code: ReasonCode,
    /// Of a refused step, the participant and its code: `billing: INSUFFICIENT_FUNDS`, or
    /// `billing: NO_ANSWER`.
    pub detail: Option<String>,
}

impl Reason {
    /// A cancellation without further detail.
    pub const fn new(code: ReasonCode) -> Self {
        Self { code, detail: None }
    }

    /// The step was refused with the participant's code.
    pub(crate) fn refused<T>(step: &StepDefinition<T>, code: &str) -> Self {
        Self {
            code: ReasonCode::new(step.refused),
            detail: Some(format!("{}: {code}", step.participant)),
        }
    }
}
