//! What every component is made of, in four rooms: [`web`] (requests and answers), [`database`]
//! (statements), [`identity`] (tokens, callers, calls to other services) and [`telemetry`] (logs,
//! traces, metrics).
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod background;
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
    state::Service,
    web::{body::Json, problem::Problem, serve::App},
};
