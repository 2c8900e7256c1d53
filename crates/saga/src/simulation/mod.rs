//! A simulation for the tests of a definition: a journal with epochs, drivers that crash, a network that
//! loses, delays and repeats calls, and participants that keep the barrier.
//!
//! [`Simulation::check`] panics when a promise is broken, so call it after every move.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "it is used by tests only"
)]

mod participant;
mod promises;
mod run;

pub use participant::{Participant, Record};
pub use run::{Fate, Simulation};
