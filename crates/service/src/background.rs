//! Futures that run beside the current task, also after its response.

use std::{future::poll_fn, task::Poll};

use crate::telemetry::TaskContext;

/// Starts a future beside the current task, in the same context. The host may drop it at any moment, so
/// nothing may depend on it finishing.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    match TaskContext::current() {
        Some(context) => spin_sdk::wasip3::spawn(context.scope(future)),
        None => spin_sdk::wasip3::spawn(future),
    }
}

/// Lets futures that were just spawned start. Await it before waiting for anything: the executor does not
/// poll a new future until its task is woken again.
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
