//! Work that goes on beside a task, and after its answer.

use std::{future::poll_fn, task::Poll};

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
