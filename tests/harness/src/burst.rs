//! Calls in parallel, and their progress.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::sleep};

use crate::{
    answer::Answer,
    call::{Call, NoAnswer},
};

/// Calls in progress.
pub struct Burst {
    calls: Vec<JoinHandle<Result<Answer, NoAnswer>>>,
    done: Arc<AtomicUsize>,
}

impl Burst {
    /// Sends all calls.
    pub fn of(calls: impl IntoIterator<Item = Call>) -> Self {
        let done = Arc::new(AtomicUsize::new(0));
        let send = |call: Call| {
            let done = Arc::clone(&done);
            tokio::spawn(async move {
                let answer = call.try_send().await;
                done.fetch_add(1, Ordering::Relaxed);
                answer
            })
        };
        Self {
            calls: calls.into_iter().map(send).collect(),
            done,
        }
    }

    /// Waits until this many calls have ended.
    pub async fn until(&self, over: usize) {
        let over = over.min(self.calls.len());
        while self.done.load(Ordering::Relaxed) < over {
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// The answers, in the order of the calls.
    pub async fn answers(self) -> Vec<Result<Answer, NoAnswer>> {
        let mut answers = Vec::with_capacity(self.calls.len());
        for call in self.calls {
            answers.push(call.await.expect("a call that does not panic"));
        }
        answers
    }
}
