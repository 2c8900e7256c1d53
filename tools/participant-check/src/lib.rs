//! Checks over HTTP that a service keeps the protocol of a saga's participant, which `docs/participant.md` describes:
//! every order of arrival of up to three messages, refusals, parallel messages, tokens and ids.

mod check;
mod client;
mod protocol;
mod races;
mod report;
mod sequence;

pub use check::{SetupError, check};
pub use client::Target;
pub use report::{Report, Row};
