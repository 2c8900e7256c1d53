//! Connections as a component holds them.

use std::sync::Arc;

use deadpool_postgres::Object;

use super::tls::Authorities;

/// A connection of the component's pool. It goes back when its last clone is dropped.
#[derive(Clone)]
pub struct Connection {
    pub client: Arc<Object>,
    /// The database's name.
    pub database: Arc<str>,
}

/// Where a component is about to connect to.
#[derive(Clone)]
pub struct ConnectionBuilder {
    pub address: String,
    /// Trusted beside the system's.
    pub authorities: Option<Authorities>,
}
