//! Copies of calls for later delivery, and the count of deliveries in progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use super::target::Message;

/// Copies of calls, by order.
#[derive(Debug, Default)]
pub(super) struct Copies(Mutex<HashMap<Uuid, Vec<Message>>>);

impl Copies {
    pub fn keep(&self, order: Uuid, message: Message) {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copies.entry(order).or_default().push(message);
    }

    pub fn take(&self, order: Uuid) -> Vec<Message> {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copies.remove(&order).unwrap_or_default()
    }

    pub fn take_all(&self) -> Vec<Message> {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copies.drain().flat_map(|(_, messages)| messages).collect()
    }
}

/// Counts the deliveries in progress.
#[derive(Clone, Debug)]
pub(super) struct InProgress(Arc<watch::Sender<usize>>);

pub(super) struct Delivery(Arc<watch::Sender<usize>>);

impl InProgress {
    pub fn none() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub fn begin(&self) -> Delivery {
        self.0.send_modify(|count| *count += 1);
        Delivery(Arc::clone(&self.0))
    }

    pub async fn finished(&self) {
        let mut count = self.0.subscribe();
        // An error would mean that the sender is gone, which `self` holds.
        let _ = count.wait_for(|count| *count == 0).await;
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
