//! The entries of a saga's journal. What an entry means never changes within a version of a definition:
//! a newer build finishes the sagas that an older one left unfinished.

use serde::{Deserialize, Serialize};

use crate::{Millis, Reason, StepName};

/// An entry of the journal. The aliases are the names that definition 1 of the order's saga wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum JournalEntry {
    /// The saga is durable. `seed` spreads its retries.
    #[serde(alias = "PLACED")]
    Started {
        at: Millis,
        seed: u32,
        deadline: Millis,
    },
    /// A step's call is about to be sent.
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
    /// A step's call without a clear answer; the next is due at `due_at`.
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
    /// From here on, every step whose call was ever sent is undone.
    #[serde(alias = "TURNED_BACK")]
    CompensationStarted {
        at: Millis,
        reason: Reason,
    },
    /// An undo is about to be sent.
    UndoSent {
        at: Millis,
        step: StepName,
        attempt: u32,
    },
    Undone {
        at: Millis,
        step: StepName,
    },
    /// An undo that failed; the next is due at `due_at`.
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
    /// Someone asked for a retry: whatever waits for its next attempt is due now.
    #[serde(alias = "HURRIED")]
    RetryRequested {
        at: Millis,
    },
}

impl JournalEntry {
    /// When it was written, since the saga started.
    pub const fn at(&self) -> Millis {
        match self {
            Self::Started { at, .. }
            | Self::Sent { at, .. }
            | Self::Done { at, .. }
            | Self::Refused { at, .. }
            | Self::Unknown { at, .. }
            | Self::Completed { at }
            | Self::CompensationStarted { at, .. }
            | Self::UndoSent { at, .. }
            | Self::Undone { at, .. }
            | Self::UndoFailed { at, .. }
            | Self::Compensated { at }
            | Self::RetryRequested { at } => *at,
        }
    }

    /// The step that it is about, if it is about one.
    pub const fn step(&self) -> Option<&StepName> {
        match self {
            Self::Sent { step, .. }
            | Self::Done { step, .. }
            | Self::Refused { step, .. }
            | Self::Unknown { step, .. }
            | Self::UndoSent { step, .. }
            | Self::Undone { step, .. }
            | Self::UndoFailed { step, .. } => Some(step),
            Self::Started { .. }
            | Self::Completed { .. }
            | Self::CompensationStarted { .. }
            | Self::Compensated { .. }
            | Self::RetryRequested { .. } => None,
        }
    }

    /// Its `type` in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "STARTED",
            Self::Sent { .. } => "SENT",
            Self::Done { .. } => "DONE",
            Self::Refused { .. } => "REFUSED",
            Self::Unknown { .. } => "UNKNOWN",
            Self::Completed { .. } => "COMPLETED",
            Self::CompensationStarted { .. } => "COMPENSATION_STARTED",
            Self::UndoSent { .. } => "UNDO_SENT",
            Self::Undone { .. } => "UNDONE",
            Self::UndoFailed { .. } => "UNDO_FAILED",
            Self::Compensated { .. } => "COMPENSATED",
            Self::RetryRequested { .. } => "RETRY_REQUESTED",
        }
    }
}
