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

#[cfg(not(unix))]
compile_error!("the tasks of this workspace run on Linux and macOS; on Windows use WSL");

mod account;
mod administrator;
mod binaries;
mod child;
mod cluster;
mod home;
mod migrations;
mod processes;
mod random;
mod reads;
mod roles;
mod server;
mod temporary;
mod throwaway;

pub use administrator::Administrator;
pub use binaries::{BINARIES_VARIABLE, Binaries, OLDEST_MAJOR};
pub use child::spawn_bound;
pub use home::Home;
pub use migrations::{Migrated, migrate};
pub use random::random_hex;
pub use reads::read_by_index;
pub use roles::{Role, close_common_databases, grant_tables, prepare_database};
pub use server::PostgresServer;
pub use temporary::TemporaryFolder;
pub use throwaway::{ThrowawayDatabase, comes_to_wait};
