//! What the CronJob does on Kubernetes: makes the order service claim due sagas.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::client::Client;

pub const INTERVAL: Duration = Duration::from_secs(5);

/// Calls `POST /internal/orders/recover` periodically until it is dropped.
pub struct Recovery(Option<(Sender<()>, JoinHandle<()>)>);

impl Recovery {
    pub fn start(base_url: &str, operator_token: &str) -> Self {
        let (client, token) = (Client::new(base_url, "en"), operator_token.to_owned());
        let (stop, stopped) = channel();
        let caller = thread::spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                // The host or a database may be down; the next call finds it up again.
                let _ = client.press("/internal/orders/recover", Some(&token));
            }
        });
        Self(Some((stop, caller)))
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        // The caller is left to its last call, which fails at once when the host is gone.
        self.0.take();
    }
}
