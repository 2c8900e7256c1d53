//! Requests and answers: bodies and their rules, problems, pages, keys and languages.

pub mod body;
pub mod form;
pub mod health;
pub mod idempotency;
pub mod language;
pub mod openapi;
pub mod page;
pub mod path;
pub mod problem;
pub mod query;
pub mod request_id;
mod route;
pub mod rule;
pub mod serve;
