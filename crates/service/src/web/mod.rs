//! Requests and responses: the component's entry, callers, bodies and their rules, problems, pages, keys and
//! languages.

pub mod app;
pub mod authorization;
pub mod body;
pub mod confirmed_currency;
pub mod form;
pub mod health;
pub mod idempotency;
mod json_value;
pub mod language;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod path;
pub mod problem;
pub mod query;
mod received_body;
mod response;
mod route;
pub mod rule;
