//! An orchestrator for any saga: it decides what a saga does next, and knows neither what the steps are
//! about nor how a call is made.
//!
//! A [`SagaDefinition`] lists the steps. [`start`] begins a saga, and [`decide`] takes it on: it is given
//! an [`Input`] and returns a [`Transition`], which holds the [`JournalEntry`]s to write, the state after
//! them and the one [`Action`] to take. Both are deterministic and have no I/O and no clock.
//!
//! The driver around them must keep three rules:
//!
//! 1. It writes the entries and the state in one transaction, and takes the action only after that.
//! 2. It writes only while it holds the saga: a driver whose lease was claimed by another changes nothing.
//! 3. It reports every call that it makes as [`Input::CallFinished`], with [`Outcome::Unknown`] for
//!    everything that is not a clear answer.
//!
//! The participants must keep the barrier: a call that is repeated changes nothing, and an undo that
//! arrives before its step makes the step refused for good.
//!
//! Then, whatever is lost, repeated, delayed or reordered, and whichever drivers die:
//!
//! - Every saga ends, [`Phase::Completed`] or [`Phase::Compensated`], once the participants answer.
//! - Completed: every step is done and none is undone.
//! - Compensated: every step whose call was ever sent is undone, the refused one included, because a late
//!   copy of its call may still arrive. The first undo of each step is sent in reverse order.
//! - The undo of a step whose call was never sent is never sent.
//! - No call is sent that the journal does not hold.
//! - A step that is done is never called again, and one whose undo is done is never undone again.
//! - A compensation that fails is retried without end, and delays no other.
//! - The state is the journal, replayed ([`Saga::replay`]).
//!
//! `crates/saga/tests/model` checks these exhaustively for small bounds, `crates/saga/tests/histories.rs` on
//! generated histories,
//! both for definitions of one to five steps.
//!
//! Every instant here is [`Millis`] since the saga started, by one clock: the database's.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod backoff;
mod definition;
mod input;
mod journal;
mod name;
mod policy;
mod reason;
mod replay;
#[cfg(feature = "simulation")]
pub mod simulation;
mod state;
mod step;
mod transition;

pub use definition::{DefinitionError, DefinitionMismatch, SagaDefinition, StepDefinition};
pub use input::{Action, Call, Direction, Input, Outcome, Retry};
pub use journal::JournalEntry;
pub use name::{ReasonCode, StepName};
pub use policy::Policy;
pub use reason::{NO_ANSWER, Reason};
pub use replay::ReplayError;
pub use state::{CurrentStep, Phase, Saga, SagaState};
pub use step::{Step, StepState, Undo};
pub use transition::{Transition, decide, start};

/// Milliseconds since the saga started.
pub type Millis = i64;
