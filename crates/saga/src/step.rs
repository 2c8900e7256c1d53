//! The steps of the saga, and how each of them stands.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// A step, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum StepName {
    Charge,
    ReserveItems,
    ReserveCourier,
}

impl StepName {
    pub const ALL: [Self; 3] = [Self::Charge, Self::ReserveItems, Self::ReserveCourier];

    /// The service that does the step.
    pub const fn participant(self) -> &'static str {
        match self {
            Self::Charge => "billing",
            Self::ReserveItems => "warehouse",
            Self::ReserveCourier => "delivery",
        }
    }

    /// The step that is done when this one is done.
    pub const fn following(self) -> Option<Self> {
        match self {
            Self::Charge => Some(Self::ReserveItems),
            Self::ReserveItems => Some(Self::ReserveCourier),
            Self::ReserveCourier => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum StepState {
    /// Its PUT was never sent.
    Waiting,
    /// A PUT is on its way.
    Running,
    Done,
    /// A definite no. It stays so, though the step is told to undo like the others.
    Refused,
    /// The last PUT had no answer; the next leaves when it is due.
    Unknown,
    /// The step is told to undo, and has not answered yet.
    Undoing,
    Undone,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub name: StepName,
    pub state: StepState,
    /// How many PUTs were sent.
    pub attempts: u32,
    /// When the first PUT was sent.
    pub started_at: Option<Millis>,
    /// When the step was done, refused or undone.
    pub ended_at: Option<Millis>,
    /// When the next PUT leaves, while the outcome of the last one is unknown.
    pub due_at: Option<Millis>,
    /// Why the last PUT was not done, until one is.
    pub last_error: Option<String>,
    /// The compensation, once the saga has turned back and the step was ever sent.
    pub undo: Option<Undo>,
}

/// A compensation: a step that was sent is told to undo until it says that it has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undo {
    /// How many DELETEs were sent.
    pub attempts: u32,
    /// A DELETE is on its way.
    pub sent: bool,
    /// The participant has said that it is undone.
    pub done: bool,
    /// When the next DELETE leaves, unless one is on its way or it is done.
    pub due_at: Millis,
    /// Why the last DELETE failed.
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

    /// How many DELETEs came to nothing.
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
            last_error: None,
            undo: None,
        }
    }

    /// The compensation that is still to be done.
    pub fn pending_undo(&self) -> Option<&Undo> {
        self.undo.as_ref().filter(|undo| !undo.done)
    }
}
