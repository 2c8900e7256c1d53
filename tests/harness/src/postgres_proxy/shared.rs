//! What the connections of a proxy share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::sleep};

use super::{fault::Fault, trap::Traps};

/// The fault of all connections, and the traps for statements.
#[derive(Debug, Default)]
pub(super) struct Shared {
    fault: watch::Sender<Fault>,
    pub traps: Traps,
    /// Statements that came while some of them failed.
    statements: AtomicUsize,
    /// Connections and statements that had a fault.
    faults: AtomicUsize,
}

impl Shared {
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    pub fn subscribe(&self) -> watch::Receiver<Fault> {
        self.fault.subscribe()
    }

    /// How many connections and statements have had a fault.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    pub fn fault(&self) -> Fault {
        *self.fault.borrow()
    }

    pub fn count_fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this statement, which has no trap, has the present fault: one of so many has.
    pub fn hits_one_of(&self, many: usize) -> bool {
        let number = self.statements.fetch_add(1, Ordering::Relaxed);
        let hit = number % many == many - 1;
        if hit {
            self.count_fault();
        }
        hit
    }

    /// Has this happen for a while, unless something else happens meanwhile.
    pub fn begin(self: &Arc<Self>, fault: Fault, lasting: Duration) {
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
