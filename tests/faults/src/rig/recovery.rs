//! What the CronJob does: has the sagas that nobody drives taken up, again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::client::Client;
use harness::environment::Environment;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Rig;

/// How long a host may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls `recover` until it is dropped.
pub struct Recovery {
    caller: JoinHandle<()>,
    place: Arc<AtomicUsize>,
}

impl Recovery {
    /// Calls the host at `place`, with this much time between the calls.
    pub fn start(rig: &Rig, place: usize, interval: Duration) -> Self {
        let clients = rig.origins.each_ref().map(|origin| Client::at(origin));
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

    /// From now on the other host is called.
    pub fn turn_to(&self, place: usize) {
        self.place.store(place, Ordering::Relaxed);
    }
}

/// Whatever comes of it: a host that is down is called again.
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
