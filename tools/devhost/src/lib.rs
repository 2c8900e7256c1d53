//! A local host for Spin applications: it runs an unmodified `spin.toml` and unmodified components by Spin's
//! rules, on machines without Spin and for tests. It is no product: where Spin does more, it says so and stops.
//!
//! A request passes through [`server`] (connections, routes) to [`workers`] (instances of a component). The
//! component calls back through `wasi:http` ([`http::outbound`]: another component or another server),
//! `spin:variables` ([`variables`]), `spin:postgres` ([`postgres`]) and `spin:mqtt` ([`mqtt`]); [`network`]
//! decides where it may connect to. [`telemetry`] makes spans of requests and statements. [`application`] puts
//! the parts together.
//!
//! Another capability is a folder beside these, an import of the world `capabilities` in `wit/world.wit`, a
//! field of [`component::Component`] and a line in [`linker`].

pub mod application;
mod cache;
pub mod cli;
mod clock;
mod component;
mod engine;
pub mod http;
mod instance;
mod linker;
mod manifest;
mod mqtt;
mod network;
mod output;
mod postgres;
mod reuse;
pub mod server;
pub mod telemetry;
mod tls;
mod variables;
mod workers;
