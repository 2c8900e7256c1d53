//! The databases of one component: opening connections, and the spans of its statements.

use std::sync::{Arc, Once};

use super::address::Address;
use super::bindings::spin::postgres::postgres::Error;
use super::connection::{Connection, ConnectionBuilder};
use super::error::failure;
use super::pool::Pools;
use super::tls::Authorities;
use crate::network::Permissions;
use crate::output::Output;
use crate::telemetry::{StatementSpan, Telemetry};

/// Cheap to clone.
#[derive(Clone)]
pub struct Databases {
    permissions: Permissions,
    pools: Pools,
    output: Output,
    telemetry: Telemetry,
    bundle_reported: Arc<Once>,
}

/// A statement under way, for its span.
pub struct Running(StatementSpan);

impl Databases {
    /// `pool`: how many connections to one address there are at most.
    pub fn new(
        pool: usize,
        permissions: Permissions,
        output: Output,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            permissions,
            pools: Pools::new(pool),
            output,
            telemetry,
            bundle_reported: Arc::new(Once::new()),
        }
    }

    /// Connects, if the component may. Waits without limit while all connections of the pool are in use.
    pub async fn open(&self, builder: ConnectionBuilder) -> Result<Connection, Error> {
        let address = Address::parse(&builder.address).map_err(Error::ConnectionFailed)?;
        for destination in &address.destinations {
            self.permissions.check(destination).map_err(|_| {
                Error::ConnectionFailed(format!("address {destination} is not permitted"))
            })?;
        }
        let database = address.config.get_dbname().unwrap_or_default().into();
        let opened = self.pools.open(builder, address.config).await;
        opened
            .map(|client| Connection {
                client: Arc::new(client),
                database,
            })
            .map_err(|error| Error::ConnectionFailed(format!("{error:?}")))
    }

    /// The authorities of a PEM text. All of a bundle are trusted, and the developer is told once where Spin
    /// differs.
    pub fn authorities(&self, pem: &str) -> anyhow::Result<Authorities> {
        let authorities = Authorities::from_pem(pem)?;
        let count = authorities.count();
        if count > 1 {
            self.bundle_reported.call_once(|| {
                self.output.note(&format!(
                    "trusts {count} certificates of one text; Spin 4.1 trusts the first of them alone"
                ));
            });
        }
        Ok(authorities)
    }

    /// Begins the span of a statement on the connection.
    pub fn statement(&self, connection: &Connection, statement: &str) -> Running {
        let component = self.output.component();
        Running(
            self.telemetry
                .statement(component, &connection.database, statement),
        )
    }
}

impl Running {
    /// Ends the span.
    pub fn ended<T>(self, outcome: &Result<T, Error>) {
        self.0.ended(outcome.as_ref().err().map(failure));
    }
}
