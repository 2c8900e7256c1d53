//! A whole Zakaz on this machine: PostgreSQL, the five databases, the host, and what keeps sagas moving.

mod control;
mod database;
mod download;
mod lock;
mod recovery;
mod seed;
mod start;

pub use ::stack::{Environment, HostKind, SERVICES, port::ensure_free};
pub use control::{COMMANDS, send as send_command};
pub use database::{Database, runtime};
pub use lock::Lock;
pub use seed::seed;
pub use start::{Settings, Stack};
