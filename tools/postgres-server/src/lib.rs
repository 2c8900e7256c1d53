//! PostgreSQL on this machine: finds an installed server, runs it as an unprivileged user, and prepares the
//! services' databases (roles, migrations, grants) in it or in any other server.
//!
//! A test that needs a database takes a throwaway one:
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let database = postgres_server::ThrowawayDatabase::new("../../migrations/billing").await?;
//! let client = database.connect().await?;
//! # Ok(()) }
//! ```

mod account;
mod administrator;
mod binaries;
mod cluster;
mod history;
mod home;
mod migrations;
mod processes;
mod roles;
mod server;
mod throwaway;

pub use administrator::Administrator;
pub use binaries::{BINARIES_VARIABLE, Binaries, OLDEST_MAJOR};
pub use home::Home;
pub use migrations::{Migrated, migrate};
pub use processes::kill_server;
pub use roles::{Role, close_common_databases, grant_tables, prepare_database};
pub use server::PostgresServer;
pub use throwaway::{ThrowawayDatabase, waits_for_a_lock};
