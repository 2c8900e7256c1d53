//! The state of a step.

use serde::{Deserialize, Serialize};

use crate::{Millis, StepName};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum StepState {
    /// Its call was never sent.
    Waiting,
    /// Its call was sent and has no outcome yet.
    Running,
    Done,
    /// The participant refused it. The state stays, though the step is undone like the others.
    Refused,
    /// The last call had no clear answer; the next is sent when it is due.
    Unknown,
    /// It is being undone.
    Undoing,
    Undone,
}

/// A step of a saga.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub name: StepName,
    pub state: StepState,
    /// How many calls were sent.
    pub attempts: u32,
    /// When the first call was sent.
    pub started_at: Option<Millis>,
    /// When the step was done, refused or undone.
    pub ended_at: Option<Millis>,
    /// When the next call is sent, while the outcome of the last one is unknown.
    pub due_at: Option<Millis>,
    /// The last call was sent at the saga's deadline or after it, so no other follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last_try: bool,
    /// Why the last call was not done.
    pub last_error: Option<String>,
    /// The compensation, once the saga is being undone, of a step whose call was ever sent.
    pub undo: Option<Undo>,
}

/// The compensation of a step. It is sent until the participant says that the step is undone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undo {
    /// How many undos were sent.
    pub attempts: u32,
    /// One was sent and has no outcome yet.
    pub sent: bool,
    /// The step is undone.
    pub done: bool,
    /// When the next one is sent, unless one is under way or the step is undone.
    pub due_at: Millis,
    /// Why the last one failed.
    pub last_error: Option<String>,
}

impl Undo {
    pub(crate) const fn due(at: Millis) -> Self {
        Self {
            attempts: 0,
            sent: false,
            done: false,
            due_at: at,
            last_error: None,
        }
    }

    /// How many undos have failed.
    pub const fn failures(&self) -> u32 {
        match self.sent || self.done {
            true => self.attempts.saturating_sub(1),
            false => self.attempts,
        }
    }
}

impl Step {
    pub(crate) const fn waiting(name: StepName) -> Self {
        Self {
            name,
            state: StepState::Waiting,
            attempts: 0,
            started_at: None,
            ended_at: None,
            due_at: None,
            last_try: false,
            last_error: None,
            undo: None,
        }
    }

    /// The compensation, while it is to be done.
    pub fn pending_undo(&self) -> Option<&Undo> {
        self.undo.as_ref().filter(|undo| !undo.done)
    }
}
