//! The harness of the black-box tests. It knows the contract, a base URL, the databases' URLs and the variables of the
//! host, and not how Zakaz is built, so it can test any host.

pub mod account;
pub mod admin;
pub mod answer;
pub mod burst;
pub mod call;
pub mod client;
pub mod collector;
pub mod conformance;
pub mod control;
pub mod customer;
pub mod database_lockout;
pub mod databases;
pub mod dates;
pub mod environment;
pub mod event_stream;
pub mod eventually;
pub mod host_log;
pub mod invariants;
pub mod order;
pub mod participant;
pub mod postgres_proxy;
pub mod purchase;
pub mod raw_http;
pub mod skipped;
pub mod system;
pub mod tokens;
mod transport;
pub mod unique;
