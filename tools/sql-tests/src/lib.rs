//! What the tests of the services' SQL functions share. They run on a real PostgreSQL, each test on a new
//! database with a service's migrations:
//!
//! ```no_run
//! use sql_tests::{Connection, Service};
//!
//! struct Billing(Connection);
//!
//! impl Service for Billing {
//!     const NAME: &str = "billing";
//!
//!     fn new(connection: Connection) -> Self {
//!         Self(connection)
//!     }
//!
//!     fn connection(&self) -> &Connection {
//!         &self.0
//!     }
//! }
//!
//! # async fn test() {
//! let db: Billing = sql_tests::open().await;
//! let [first, second]: [Billing; 2] = sql_tests::open_several().await;
//! # }
//! ```
//!
//! [`barrier`] checks the step of a participant of the saga in every order of arrival, [`plans`] that
//! functions use indexes, [`repeats`] that they can run again, and [`totals`] the numbers of metrics. Everything here
//! panics when a statement or a check fails.

pub mod barrier;
mod connection;
pub mod currency;
pub mod plans;
pub mod repeats;
pub mod totals;

pub use connection::{Connection, Service, connect, count, open, open_several};
