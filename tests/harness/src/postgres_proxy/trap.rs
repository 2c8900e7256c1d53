//! Faults of single statements.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use uuid::Uuid;

use super::fault::Fault;

/// Which statement is meant.
#[derive(Clone, Debug)]
pub enum Statement {
    /// One with this in its text, such as the name of a function, and with this among its parameters.
    Containing {
        text: &'static str,
        parameter: &'static str,
    },
    /// One with this id among its parameters.
    About(Uuid),
}

/// What a statement meets.
#[derive(Clone, Debug)]
pub enum StatementFault {
    /// It is carried out, and the connection breaks before anything of its result arrives.
    ResultLost,
    /// Neither it nor anything after it on its connection passes, in either direction, until TCP gives the connection up
    /// ([`GIVEN_UP_AFTER`]).
    HalfOpen,
    /// The same, but the statement is still carried out.
    Silent,
    /// From it on, all that the server says on its connection arrives so much later, for a while.
    Slow { delay: Duration, lasting: Duration },
    /// It is not carried out, and fails with this SQLSTATE.
    Fails(&'static str),
    /// The connection breaks before it arrives, and this happens to all connections for a while.
    Begins(Fault, Duration),
    /// It is carried out, its result does not arrive, and this is notified, so that the server is restarted.
    Restart(Arc<Notify>),
}

/// The services' `tcp_user_timeout`.
pub(super) const GIVEN_UP_AFTER: Duration = Duration::from_secs(5);

/// How many statements a trap has caught.
#[derive(Clone, Debug, Default)]
pub struct Sprung(Arc<AtomicUsize>);

impl Sprung {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
pub(super) struct Traps(Mutex<Vec<Trap>>);

#[derive(Debug)]
struct Trap {
    statement: Statement,
    left: usize,
    fault: StatementFault,
    sprung: Sprung,
}

impl Traps {
    pub fn set(&self, statement: Statement, times: usize, fault: StatementFault, sprung: Sprung) {
        self.all().push(Trap {
            statement,
            left: times,
            fault,
            sprung,
        });
    }

    /// The fault of a statement with this text and these parameters, if a trap is set for it.
    pub fn spring(&self, text: &str, parameters: &[u8]) -> Option<StatementFault> {
        let mut all = self.all();
        let place = all
            .iter()
            .position(|trap| trap.statement.is(text, parameters))?;
        let trap = all.get_mut(place)?;
        trap.left = trap.left.saturating_sub(1);
        trap.sprung.0.fetch_add(1, Ordering::SeqCst);
        let fault = trap.fault.clone();
        if trap.left == 0 {
            all.swap_remove(place);
        }
        Some(fault)
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Trap>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Statement {
    fn is(&self, text: &str, parameters: &[u8]) -> bool {
        match self {
            Self::Containing {
                text: part,
                parameter,
            } => text.contains(part) && contain(parameters, parameter.as_bytes()),
            Self::About(id) => contain(parameters, id.as_bytes()),
        }
    }
}

fn contain(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|some| some == part)
}
