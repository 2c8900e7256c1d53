//! The orchestrator's brain: what the saga of an order does next, whatever happened.
//!
//! [`decide`] is told what happened and answers with the [`Event`]s to write into the journal, the
//! state after them and the one thing to do [`Next`]. It is total and deterministic; the driver
//! (in the order component) writes the events first and acts only when they are written. The state is
//! the journal folded by [`Saga::apply`] and nothing else, so that the journal alone can restore it.
//!
//! Every instant here is [`Millis`] since the order was placed, by the database's clock.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod apply;
mod backoff;
mod decide;
mod event;
mod policy;
mod reason;
mod state;
mod step;

pub use decide::{Call, Decision, Direction, Happened, Next, Outcome, decide, place};
pub use event::Event;
pub use policy::Policy;
pub use reason::{Reason, ReasonCode};
pub use state::{Focus, Phase, Saga, ShownState};
pub use step::{Step, StepName, StepState, Undo};

/// The version of the saga's definition that this build writes. A build finishes the sagas of every
/// version up to its own and leaves the sagas of newer ones alone.
pub const DEFINITION: i32 = 1;

/// Milliseconds since the order was placed.
pub type Millis = i64;
