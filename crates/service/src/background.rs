//! Work that goes on beside a task, and after its answer.

use std::{future::poll_fn, task::Poll};

use crate::telemetry::work::Work;

/// Starts work that goes on beside the present task, as a part of the same request or saga. The host may
/// end it at any moment, so nothing may depend on its finishing.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    match Work::current() {
        Some(work) => spin_sdk::wasip3::spawn(work.scope(task)),
        None => spin_sdk::wasip3::spawn(task),
    }
}

/// Lets work that was just spawned begin. A task that goes on to wait needs this: otherwise the work
/// may first be looked at when whatever the task waits for has come.
pub async fn let_begin() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
