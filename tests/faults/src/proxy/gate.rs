//! A gate at which calls wait, so that the driver behind them can be killed at a chosen point.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// What happens to the calls when the gate opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// They continue.
    Pass,
    /// Their connections are cut and they are lost.
    Cut,
}

/// Clones share the gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    holding: AtomicBool,
    waiting: watch::Sender<usize>,
    release: watch::Sender<Option<Release>>,
}

impl Gate {
    pub fn closed() -> Self {
        Self(Arc::new(Shared {
            holding: AtomicBool::new(true),
            waiting: watch::Sender::new(0),
            release: watch::Sender::new(None),
        }))
    }

    /// Lets later calls pass; those that wait keep waiting.
    pub fn stop_holding(&self) {
        self.0.holding.store(false, Ordering::SeqCst);
    }

    /// Releases the waiting calls, and lets later ones pass.
    pub fn open(&self, release: Release) {
        self.stop_holding();
        self.0.release.send_replace(Some(release));
    }

    /// Waits until a call waits at the gate. Returns `false` when none does within `patience`.
    pub async fn reached(&self, patience: Duration) -> bool {
        let mut waiting = self.0.waiting.subscribe();
        let reached = waiting.wait_for(|waiting| *waiting > 0);
        timeout(patience, reached).await.is_ok()
    }

    /// How many calls have waited at the gate, including the released ones.
    pub fn arrivals(&self) -> usize {
        *self.0.waiting.borrow()
    }

    pub(super) async fn pass(&self) -> Release {
        if !self.0.holding.load(Ordering::SeqCst) {
            return Release::Pass;
        }
        self.0.waiting.send_modify(|waiting| *waiting += 1);
        let mut release = self.0.release.subscribe();
        match release.wait_for(Option::is_some).await {
            Ok(release) => release.unwrap_or(Release::Cut),
            Err(_) => Release::Cut,
        }
    }
}
