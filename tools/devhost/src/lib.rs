//! A local host for Spin applications: it runs an unmodified `spin.toml` and unmodified components by
//! Spin's rules, for machines without Spin and for tests. It is no product: where Spin does more, it
//! says so and stops.
//!
//! The way of a request: [`http::server`] finds the route, [`workers`] an instance; the component comes
//! back through `wasi:http` ([`http::outbound`]: another component or the outside), `spin:variables`
//! ([`variables`]), `spin:postgres` ([`postgres`]) and `spin:mqtt` ([`mqtt`]). [`telemetry`] makes spans
//! of requests, calls and statements.
//!
//! Another capability is a module of its own beside these, an import of the world `capabilities` in
//! `wit/world.wit`, and a line in [`linker`].

pub mod application;
mod bindings;
pub mod cli;
mod component;
mod engine;
pub mod http;
mod instance;
mod linker;
mod manifest;
mod mqtt;
mod outbound_hosts;
mod output;
mod postgres;
pub mod telemetry;
mod tls;
mod variables;
mod wakeup;
mod workers;
