//! Faults of all connections.

use std::time::Duration;

/// What happens to connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Every third statement is carried out, and the connection breaks before its result arrives.
    ResultLost,
    /// Nothing passes in either direction, and no connection is closed.
    HalfOpen,
    /// All that the server says arrives so much later.
    Slow(Duration),
    /// Connections break, and new ones are refused with this SQLSTATE.
    Refused(&'static str),
    /// Connections break, and the sessions of new ones are read-only, like those of a standby.
    ReadOnly,
    /// Every second statement is not carried out, and fails with this SQLSTATE.
    Failing(&'static str),
}
