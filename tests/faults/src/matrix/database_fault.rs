//! The faults of a database at one statement of a saga.

use std::sync::Arc;
use std::time::Duration;

use harness::databases::Service;
use harness::postgres_proxy::{Fault, StatementFault};
use tokio::sync::Notify;

use crate::proxy::Participant;

/// How long what concerns all connections lasts.
const LASTING: Duration = Duration::from_millis(150);
const SLOW: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseFault {
    ResultLost,
    HalfOpen,
    Silent,
    Slow,
    DiskFull,
    /// A session that has become read-only.
    ReadOnlySession,
    TooManyConnections,
    StartingUp,
    /// Every new session is read-only for a while.
    ReadOnlyServer,
    Restarted,
}

/// Whose database has the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The participant's that is called, at the statement that the call makes.
    Participant,
    /// The order service's, at the journal write of the call's answer.
    Orders,
}

impl DatabaseFault {
    /// The faults of a group do not reach the statements of other cases, or are the same for all.
    pub const GROUPS: [&'static [Self]; 5] = [
        &[
            Self::ResultLost,
            Self::HalfOpen,
            Self::Silent,
            Self::Slow,
            Self::DiskFull,
            Self::ReadOnlySession,
        ],
        &[Self::TooManyConnections],
        &[Self::StartingUp],
        &[Self::ReadOnlyServer],
        &[Self::Restarted],
    ];

    /// The title of its column, at most eight characters, and a description.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::ResultLost => (
                "lost",
                "it is carried out, and the connection breaks before its result arrives",
            ),
            Self::HalfOpen => (
                "halfopen",
                "it and all after it on its connection are lost, and the connection stays open",
            ),
            Self::Silent => (
                "silent",
                "it is carried out, nothing of the result arrives, and the connection stays open",
            ),
            Self::Slow => ("slow", "the server's messages take a second from it on"),
            Self::DiskFull => ("53100", "it fails with 53100: the disk is full"),
            Self::ReadOnlySession => ("25006", "it fails with 25006: the session is read-only"),
            Self::TooManyConnections => (
                "53300",
                "connections break, and new ones are refused with 53300 for a while",
            ),
            Self::StartingUp => (
                "57P03",
                "connections break, and new ones are refused with 57P03 for a while",
            ),
            Self::ReadOnlyServer => (
                "standby",
                "connections break, and new sessions are read-only for a while",
            ),
            Self::Restarted => (
                "restart",
                "it is carried out, and the server is restarted before its result arrives",
            ),
        }
    }

    /// What the proxy does with the statement. `restart` is notified when the server has to be restarted.
    pub fn of_statement(self, restart: &Arc<Notify>) -> StatementFault {
        match self {
            Self::ResultLost => StatementFault::ResultLost,
            Self::HalfOpen => StatementFault::HalfOpen,
            Self::Silent => StatementFault::Silent,
            Self::Slow => StatementFault::Slow {
                delay: SLOW,
                lasting: 3 * SLOW,
            },
            Self::DiskFull => StatementFault::Fails("53100"),
            Self::ReadOnlySession => StatementFault::Fails("25006"),
            Self::TooManyConnections => StatementFault::Begins(Fault::Refused("53300"), LASTING),
            Self::StartingUp => StatementFault::Begins(Fault::Refused("57P03"), LASTING),
            Self::ReadOnlyServer => StatementFault::Begins(Fault::ReadOnly, LASTING),
            Self::Restarted => StatementFault::Restart(Arc::clone(restart)),
        }
    }
}

impl Owner {
    pub fn service(self, participant: Participant) -> Service {
        match (self, participant) {
            (Self::Orders, _) => Service::Order,
            (Self::Participant, Participant::Billing) => Service::Billing,
            (Self::Participant, Participant::Warehouse) => Service::Warehouse,
            (Self::Participant, Participant::Delivery) => Service::Delivery,
        }
    }
}
