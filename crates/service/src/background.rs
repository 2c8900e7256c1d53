//! Work that goes on beside the current task, also after its response.

use std::{future::poll_fn, task::Poll};

use crate::telemetry::work::Work;

/// Starts a future beside the current task, as a part of the same request or saga. The host may drop it at
/// any moment, so nothing may depend on it finishing.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    match Work::current() {
        Some(work) => spin_sdk::wasip3::spawn(work.scope(task)),
        None => spin_sdk::wasip3::spawn(task),
    }
}

/// Lets futures that were just spawned start. Await it before waiting for anything: the executor does not
/// poll a new future before its task is woken again.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
