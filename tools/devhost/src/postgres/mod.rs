//! `spin:postgres@4.2.0`: databases.

mod address;
mod error;
mod host;
mod pool;
mod statement;
mod tls;
mod value;

pub use host::{Connection, ConnectionBuilder, Postgres, PostgresView};
pub use pool::Pools;
