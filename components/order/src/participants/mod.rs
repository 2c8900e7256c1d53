//! The participants of the saga, a file each: what a participant is sent, and what counts as its answer.
//! Pure functions of an order's contents; the calls are made by [`crate::calls`].

pub mod billing;
pub mod delivery;
mod participant;
pub mod warehouse;

pub use participant::{OrderContents, OrderUpdate, Participant, UnexpectedAnswer};
