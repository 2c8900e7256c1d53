//! `spin:postgres@4.2.0`: databases.

mod address;
mod bindings;
mod connection;
mod databases;
mod error;
mod host;
mod pool;
mod statement;
mod tls;
mod value;

pub use bindings::spin::postgres::postgres::add_to_linker;
pub use databases::Databases;
pub use host::{Postgres, PostgresView};
