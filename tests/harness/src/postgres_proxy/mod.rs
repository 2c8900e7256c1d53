//! A proxy between a service and PostgreSQL that breaks what passes: every connection ([`PostgresProxy::inject`]), or
//! what a certain statement meets ([`PostgresProxy::trap`]).

mod connection;
mod messages;
mod trap;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, time::sleep};

use self::trap::Traps;
pub use self::trap::{Sprung, Statement, StatementFault};

/// What happens to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
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

/// A proxy. It ends with the runtime. Clones share it.
#[derive(Clone, Debug)]
pub struct PostgresProxy {
    /// `host:port`.
    pub address: String,
    shared: Arc<Shared>,
}

/// What the connections of a proxy share.
#[derive(Debug)]
struct Shared {
    fault: watch::Sender<Fault>,
    traps: Traps,
    /// Statements that came while some of them failed.
    statements: AtomicUsize,
    /// Connections and statements that had a fault.
    faults: AtomicUsize,
}

impl PostgresProxy {
    /// In front of the server at `host:port`.
    pub async fn in_front_of(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let shared = Arc::new(Shared {
            fault: watch::Sender::new(Fault::None),
            traps: Traps::default(),
            statements: AtomicUsize::new(0),
            faults: AtomicUsize::new(0),
        });
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
        self.shared.fault.send_replace(fault);
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
        self.shared.faults.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn fault(&self) -> Fault {
        *self.fault.borrow()
    }

    fn count_fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this statement, which has no trap, has the present fault: one of so many has.
    fn hits_one_of(&self, many: usize) -> bool {
        let number = self.statements.fetch_add(1, Ordering::Relaxed);
        let hit = number % many == many - 1;
        if hit {
            self.count_fault();
        }
        hit
    }

    /// Has this happen for a while, unless something else happens meanwhile.
    fn begin(self: &Arc<Self>, fault: Fault, lasting: Duration) {
        let began = self.fault.send_if_modified(|present| {
            let begins = *present == Fault::None;
            if begins {
                *present = fault;
            }
            begins
        });
        if began {
            let shared = Arc::clone(self);
            tokio::spawn(async move {
                sleep(lasting).await;
                shared.fault.send_if_modified(|present| {
                    let ends = *present == fault;
                    if ends {
                        *present = Fault::None;
                    }
                    ends
                });
            });
        }
    }
}
