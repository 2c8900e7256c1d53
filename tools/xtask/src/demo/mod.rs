//! `cargo xtask demo`: one order that succeeds and three that fail, step by step on a real system.

mod credentials;
mod data;
mod expectation;
mod failures;
mod language;
mod money;
mod products;
mod purchase;
mod report;
mod run;
mod scenario;
mod snapshot;

pub use credentials::credentials;
pub use language::Language;
pub use money::shown as money;
pub use run::{DEFAULT_URL, run, run_on};
