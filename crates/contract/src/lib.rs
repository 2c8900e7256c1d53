//! The internal routes between components: their paths, bodies, responses and refusal codes. Both ends use
//! these types. There is no I/O and no validation here.
//!
//! A participant of the saga responds to a `PUT` in one of three ways: done (2xx, with the response type);
//! refused, which changed nothing (409, with a `Refusal` code in [`Refused`]; or 422); or anything else, and
//! then the outcome is unknown.

pub mod billing;
pub mod delivery;
pub mod limits;
mod refusal;
pub mod reservation;
pub mod warehouse;

pub use refusal::Refused;
