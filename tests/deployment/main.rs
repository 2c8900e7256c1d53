//! The databases that the charts order from CloudNativePG, on a real PostgreSQL and without a cluster: what the operator
//! does in them, a failover, and migrations by the image's own script.
//!
//! It needs `ZAKAZ_CHARTS` (the rendered objects, a JSON list); `cargo xtask test --only databases` sets it.

mod cluster;
mod failover;
mod instance;
mod migrations;
mod operator;
mod roles;
mod rollback;
