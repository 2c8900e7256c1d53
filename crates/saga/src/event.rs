//! The journal's entries. What an entry means never changes within a definition version: sagas that
//! older builds left half done are finished by newer ones.

use serde::{Deserialize, Serialize};

use crate::{Millis, Reason, StepName};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The order is durable. `seed` spreads its retries.
    Placed {
        at: Millis,
        seed: u32,
        deadline: Millis,
    },
    /// A PUT is about to leave.
    Sent {
        at: Millis,
        step: StepName,
        attempt: u32,
    },
    Done {
        at: Millis,
        step: StepName,
    },
    /// A definite no, with the participant's code.
    Refused {
        at: Millis,
        step: StepName,
        code: String,
    },
    /// A PUT without an answer; the next is due at `due_at`.
    Unknown {
        at: Millis,
        step: StepName,
        error: String,
        due_at: Millis,
    },
    /// Every step is done.
    Completed {
        at: Millis,
    },
    /// The order is cancelled; every step whose PUT was ever sent is to be undone.
    TurnedBack {
        at: Millis,
        reason: Reason,
    },
    /// A DELETE is about to leave.
    UndoSent {
        at: Millis,
        step: StepName,
        attempt: u32,
    },
    Undone {
        at: Millis,
        step: StepName,
    },
    /// A DELETE that came to nothing; the next is due at `due_at`.
    UndoFailed {
        at: Millis,
        step: StepName,
        error: String,
        due_at: Millis,
    },
    /// Every step that was ever sent is undone.
    Compensated {
        at: Millis,
    },
    /// A person asked for whatever waits to be tried now.
    Hurried {
        at: Millis,
    },
}

impl Event {
    pub const fn at(&self) -> Millis {
        match self {
            Self::Placed { at, .. }
            | Self::Sent { at, .. }
            | Self::Done { at, .. }
            | Self::Refused { at, .. }
            | Self::Unknown { at, .. }
            | Self::Completed { at }
            | Self::TurnedBack { at, .. }
            | Self::UndoSent { at, .. }
            | Self::Undone { at, .. }
            | Self::UndoFailed { at, .. }
            | Self::Compensated { at }
            | Self::Hurried { at } => *at,
        }
    }
}
