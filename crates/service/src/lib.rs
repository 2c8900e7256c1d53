//! What every component is made of, in four rooms. Dependencies go one way, from the top to the bottom:
//!
//! - [`web`]: requests and responses. The entry point of a component is [`component!`].
//! - [`state`]: what all requests of an instance share.
//! - [`identity`]: tokens, callers, and calls to the other services.
//! - [`database`]: statements, on one kept connection per instance.
//! - [`background`]: futures that go on after the response.
//! - [`telemetry`]: log lines, traces, request ids and metrics.
//! - [`config`], [`currency`], [`domain`], [`timer`]: they need nothing else of this crate.
//!
//! **No request waits for another.** An instance serves many requests side by side, each in a task of its own,
//! and a task cannot wake another. What they share is in plain cells that are never locked across an `await`;
//! there is no async lock or channel between requests.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod background;
mod component;
pub mod config;
pub mod currency;
pub mod database;
pub mod domain;
pub mod identity;
pub mod state;
pub mod telemetry;
pub mod timer;
pub mod web;

pub use {
    currency::Currency,
    database::Database,
    domain::Domain,
    state::{PricedService, Service},
    web::{app::App, body::Json, problem::Problem},
};
