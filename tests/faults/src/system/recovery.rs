//! Periodic calls of `recover`, as the CronJob makes them: the host claims the sagas that are due.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::client::Client;
use harness::environment::Environment;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::TestSystem;

/// The timeout of one call.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls `recover` until it is dropped.
pub struct Recovery {
    caller: JoinHandle<()>,
    place: Arc<AtomicUsize>,
}

impl Recovery {
    /// Calls the host at `place`, with `interval` between the calls.
    pub fn start(system: &TestSystem, place: usize, interval: Duration) -> Self {
        let clients = system.origins.each_ref().map(|origin| Client::at(origin));
        let place = Arc::new(AtomicUsize::new(place));
        let called = Arc::clone(&place);
        let caller = tokio::spawn(async move {
            loop {
                let client = &clients[called.load(Ordering::Relaxed)];
                recover(client).await;
                sleep(interval).await;
            }
        });
        Self { caller, place }
    }

    /// Calls the host at `place` from now on.
    pub fn call_host(&self, place: usize) {
        self.place.store(place, Ordering::Relaxed);
    }
}

/// Ignores the outcome: a host that is down is called again later.
async fn recover(client: &Client) {
    let token = Environment::get().variable("operator_token");
    let call = client.post("/internal/orders/recover").bearer(token);
    let _ = timeout(PATIENCE, call.try_send()).await;
}

impl Drop for Recovery {
    fn drop(&mut self) {
        self.caller.abort();
    }
}
