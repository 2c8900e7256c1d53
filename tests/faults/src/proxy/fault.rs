//! The faults of a call.

use std::time::Duration;

use harness::postgres_proxy::{PostgresProxy, Sprung, Statement, StatementFault};
use uuid::Uuid;

use super::Gate;

#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// The connection is cut before the call arrives.
    Refused,
    /// It arrives, and the connection is cut before the answer does.
    AnswerLost,
    /// This status is answered. With `arrives`, the participant has done it.
    Status {
        code: u16,
        arrives: bool,
    },
    /// This status is answered with a body that is no JSON. With `arrives`, the participant has done it.
    Garbage {
        code: u16,
        arrives: bool,
    },
    /// It arrives after this delay, when the caller has given up.
    Slow(Duration),
    /// It arrives, is answered, and arrives again.
    Twice,
    /// It arrives twice at the same time.
    TwiceAtOnce,
    /// It is forwarded, and a copy is kept for [`Proxy::deliver_copies`](super::Proxy::deliver_copies).
    Copied,
    /// A trap is set in front of a database, then it is forwarded.
    Trapped(StatementTrap),
    /// It waits at the gate. With `arrives`, its answer does.
    Held {
        gate: Gate,
        arrives: bool,
    },
}

/// A trap for the next statement about the order of a call.
#[derive(Clone, Debug)]
pub struct StatementTrap {
    /// Before the database in question.
    pub proxy: PostgresProxy,
    pub fault: StatementFault,
    /// Counts the statements that it has caught.
    pub sprung: Sprung,
}

impl StatementTrap {
    pub(super) fn set(&self, order: Uuid) {
        let (statement, fault) = (Statement::About(order), self.fault.clone());
        self.proxy.spring_into(&self.sprung, statement, 1, fault);
    }
}
