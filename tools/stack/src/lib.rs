//! The parts of a whole Zakaz on this machine: its variables with their secrets, the five databases, and
//! the hosts that serve the components. `cargo xtask` puts one together for people, the fault tests
//! several for themselves.

mod databases;
mod environment;
mod health;
mod host;
mod keys;
pub mod workspace;

pub use databases::Databases;
pub use environment::Environment;
pub use host::{Host, HostKind};

/// The services, each a component with a database of its own.
pub const SERVICES: [&str; 5] = ["auth", "billing", "warehouse", "delivery", "order"];
