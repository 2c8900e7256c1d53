//! What a saga is given, and what it asks for.

use crate::{Millis, Reason, StepName};

/// Whether a call does a step (PUT) or undoes it (DELETE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Do,
    Undo,
}

/// A call to a participant. It is sent only after the transition that asks for it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub step: StepName,
    pub direction: Direction,
    /// From 1, counted for each step and direction.
    pub attempt: u32,
}

/// What is known of a call that was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Done,
    /// A definite no that changed nothing, with the participant's code.
    Refused(String),
    /// Anything else: it may have been done, may not, or may be done later.
    Unknown(String),
}

/// What a saga can be given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A call has an outcome.
    CallFinished(Call, Outcome),
    /// A driver has claimed the saga: the outcome of a call that was under way is lost.
    Claimed(Retry),
    /// The instant of [`Action::WaitUntil`] has come.
    TimerFired,
    /// The saga is to be undone, also when it is complete.
    Cancelled(Reason),
}

/// What a saga that was just claimed tries again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// What is due.
    Due,
    /// Whatever waits for its next attempt: someone has asked for it.
    All,
    /// These steps before they are due, because their participants may be answering again.
    Steps(Vec<StepName>),
}

/// The one thing to do, once the transition is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Call(Call),
    /// Nothing before this instant; then [`Input::TimerFired`].
    WaitUntil(Millis),
    /// Nothing but to wait for the outcome of the call under way.
    AwaitOutcome,
    /// The saga has ended.
    End,
}
