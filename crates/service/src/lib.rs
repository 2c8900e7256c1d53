//! What every component shares: how a request comes in and an answer goes out ([`serve`]), how
//! failures look ([`problem`]), who is calling ([`caller`]), what a body must be ([`body`],
//! [`form`], [`rule`]), how lists are paged ([`page`]) and repeated requests recognised
//! ([`idempotency`]), the one way to run a statement ([`database`]), how a service calls another
//! ([`peer`]), and what is told about all that ([`log`], [`trace`], [`work`]).
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
pub mod body;
pub mod caller;
pub mod config;
pub mod currency;
pub mod database;
pub mod domain;
pub mod form;
pub mod health;
pub mod idempotency;
pub mod language;
pub mod log;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod path;
pub mod peer;
pub mod problem;
pub mod public_keys;
pub mod query;
pub mod request_id;
mod route;
pub mod rule;
pub mod serve;
pub mod state;
pub mod timer;
pub mod token;
pub mod trace;
pub mod work;

pub use {
    body::Json, currency::Currency, database::Database, domain::Domain, problem::Problem,
    serve::App, state::Service,
};
