//! A proxy between a service and PostgreSQL that breaks what passes: every connection ([`PostgresProxy::inject`]), or
//! what a certain statement meets ([`PostgresProxy::trap`]).

mod connection;
mod fault;
mod messages;
mod shared;
mod trap;

use std::sync::Arc;

use tokio::net::TcpListener;

use self::shared::Shared;
pub use self::{
    fault::Fault,
    trap::{Sprung, Statement, StatementFault},
};

/// A proxy. It ends with the runtime. Clones share it.
#[derive(Clone, Debug)]
pub struct PostgresProxy {
    /// `host:port`.
    pub address: String,
    shared: Arc<Shared>,
}

impl PostgresProxy {
    /// In front of the server at `host:port`.
    pub async fn in_front_of(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let shared = Arc::new(Shared::default());
        let server = server.to_owned();
        tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                loop {
                    // An error concerns one connection, closed before it was accepted.
                    if let Ok((client, _)) = listener.accept().await {
                        let (shared, server) = (Arc::clone(&shared), server.clone());
                        tokio::spawn(connection::pass(client, server, shared));
                    }
                }
            }
        });
        Self { address, shared }
    }

    /// From now on this happens.
    pub fn inject(&self, fault: Fault) {
        self.shared.set(fault);
    }

    /// The next `times` such statements have this fault.
    pub fn trap(&self, statement: Statement, times: usize, fault: StatementFault) -> Sprung {
        let sprung = Sprung::default();
        self.spring_into(&sprung, statement, times, fault);
        sprung
    }

    /// As [`Self::trap`], counted in `sprung`.
    pub fn spring_into(
        &self,
        sprung: &Sprung,
        statement: Statement,
        times: usize,
        fault: StatementFault,
    ) {
        self.shared
            .traps
            .set(statement, times, fault, sprung.clone());
    }

    /// How many connections and statements have had a fault.
    pub fn faults(&self) -> usize {
        self.shared.faults()
    }
}
