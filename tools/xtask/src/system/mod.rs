//! A whole Zakaz on this machine: PostgreSQL, the five databases, the host, and what keeps sagas moving.

mod control;
mod download;
mod lock;
mod postgres;
mod recovery;
mod running;
mod seed;
mod spin;
mod start;

pub use control::{COMMANDS, send as send_command};
pub use lock::Lock;
pub use postgres::{Postgres, runtime};
pub use seed::seed;
pub use spin::ensure_spin;
pub use stack::{Environment, SERVICES};
pub use start::{Settings, System};
