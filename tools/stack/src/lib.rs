//! The parts of a running system on this machine: its variables with their secrets, the five databases, and the
//! hosts that serve the components. `cargo xtask` starts one for people, the fault tests start several.

mod databases;
mod env_file;
mod environment;
mod health;
mod host;
mod keys;
mod manifest;
pub mod workspace;

pub use databases::{Databases, Prepared};
pub use environment::Environment;
pub use host::{Host, HostKind};

/// The services, each a component with a database of its own.
pub const SERVICES: [&str; 5] = ["auth", "billing", "warehouse", "delivery", "order"];
