use stack::Host;

use super::postgres::Postgres;

/// The running parts of a system.
pub struct Running {
    // Stopped in this order.
    pub host: Host,
    pub database: Postgres,
}
