//! What a task works on: a request, or a saga after the response. Log lines, statements and calls to other
//! services take their ids from it.
//!
//! The context is set while the task's future is polled ([`TaskContext::scope`]), so no function has to pass
//! it on. [`crate::background::spawn`] hands it to spawned futures.

use std::{
    cell::Cell,
    future::poll_fn,
    marker::PhantomData,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{domain::Domain, telemetry::trace::TraceContext};

thread_local! {
    // Never borrowed while other code runs: taken and put back.
    static CURRENT: Cell<Option<Arc<TaskContext>>> = const { Cell::new(None) };
}

/// A request, a saga that is driven, or other background work.
#[derive(Debug)]
pub struct TaskContext {
    domain: Domain,
    trace: TraceContext,
    request_id: String,
    order_id: OnceLock<Uuid>,
    path: OnceLock<String>,
    patience: Mutex<Option<Patience>>,
}

/// How long the client of a request waits for its response.
#[derive(Clone, Copy, Debug)]
struct Patience {
    limit: Duration,
    /// When the wait began, or ended something that the client has asked to wait for.
    since: Instant,
}

impl TaskContext {
    /// A request to this service.
    pub fn request(domain: Domain, trace: TraceContext, request_id: String) -> Arc<Self> {
        Arc::new(Self {
            domain,
            trace,
            request_id,
            order_id: OnceLock::new(),
            path: OnceLock::new(),
            patience: Mutex::new(None),
        })
    }

    /// A saga. The order's id is also the request id of its calls, so that the participants' log lines can
    /// be found by it.
    pub fn saga(domain: Domain, trace: TraceContext, order_id: Uuid) -> Arc<Self> {
        let context = Self::request(domain, trace, order_id.to_string());
        context.set_order_id(order_id);
        context
    }

    /// Work that belongs to no request, with a new trace and a new id.
    pub fn background(domain: Domain) -> Arc<Self> {
        let trace = TraceContext::new_unsampled();
        Self::request(domain, trace, Uuid::now_v7().to_string())
    }

    /// The context of the future that is being polled, if it has one.
    pub fn current() -> Option<Arc<Self>> {
        let current = CURRENT.take();
        CURRENT.set(current.clone());
        current
    }

    /// Sets the order that the current task is about. If one is set already, it stays.
    pub fn set_current_order(order_id: Uuid) {
        if let Some(context) = Self::current() {
            context.set_order_id(order_id);
        }
    }

    /// Says that the client has asked for the wait that ends now, such as for the end of a saga: from now on it waits as
    /// long as at first.
    pub fn wanted_wait_ended() {
        if let Some(context) = Self::current()
            && let Some(patience) = context.patience().as_mut()
        {
            patience.since = Instant::now();
        }
    }

    /// How long the current task's client still waits for the response. `None`: there is no such client.
    pub fn patience_left() -> Option<Duration> {
        let patience = (*Self::current()?.patience())?;
        Some(patience.limit.saturating_sub(patience.since.elapsed()))
    }

    /// From now on a client waits for the response, for so long.
    pub(crate) fn client_waits(&self, limit: Duration) {
        let since = Instant::now();
        *self.patience() = Some(Patience { limit, since });
    }

    /// The client has its response. Work that goes on has other limits.
    pub(crate) fn answered(&self) {
        *self.patience() = None;
    }

    /// Never locked while other code runs.
    fn patience(&self) -> MutexGuard<'_, Option<Patience>> {
        self.patience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls the future in this context.
    pub async fn scope<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _guard = self.enter();
            future.as_mut().poll(context)
        })
        .await
    }

    /// Makes this the current context until the guard is dropped.
    pub fn enter(self: &Arc<Self>) -> ContextGuard {
        ContextGuard {
            outer: CURRENT.replace(Some(Arc::clone(self))),
            _not_send: PhantomData,
        }
    }

    /// The service's name.
    pub const fn service(&self) -> &'static str {
        self.domain.name()
    }

    pub const fn trace(&self) -> &TraceContext {
        &self.trace
    }

    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    pub fn order_id(&self) -> Option<Uuid> {
        self.order_id.get().copied()
    }

    /// The request's path as it may be logged: the route, with the ids that are UUIDs filled in.
    pub fn path(&self) -> Option<&str> {
        self.path.get().map(String::as_str)
    }

    pub(crate) fn set_path(&self, path: String) {
        self.path.get_or_init(|| path);
    }

    pub(crate) fn set_order_id(&self, order_id: Uuid) {
        self.order_id.get_or_init(|| order_id);
    }
}

/// Restores the previous context when dropped.
#[must_use]
pub struct ContextGuard {
    outer: Option<Arc<TaskContext>>,
    /// The context belongs to this thread, and the guard must not be held across an `await`.
    _not_send: PhantomData<*const ()>,
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        CURRENT.set(self.outer.take());
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, channel::oneshot, executor::block_on, join};

    use super::*;

    fn context(id: &str) -> Arc<TaskContext> {
        TaskContext::request(Domain::Order, TraceContext::new_unsampled(), id.into())
    }

    fn current() -> Option<String> {
        TaskContext::current().map(|context| context.request_id().to_owned())
    }

    #[test]
    fn concurrent_tasks_keep_their_own_contexts() {
        let (sender, receiver) = oneshot::channel::<()>();
        let first = context("first").scope(async {
            receiver.await.unwrap();
            current()
        });
        let second = context("second").scope(async {
            sender.send(()).unwrap();
            let inner = context("inner").scope(async { current() }).await;
            (inner, current())
        });
        let (first, second) = block_on(async { join!(first, second) });
        assert_eq!(first.as_deref(), Some("first"));
        assert_eq!(second, (Some("inner".into()), Some("second".into())));
        assert_eq!(current(), None);
    }

    #[test]
    fn the_patience_of_a_client_ends_with_the_response() {
        let context = context("x");
        let left = |context: &Arc<TaskContext>| {
            let left = async { TaskContext::patience_left() };
            context.clone().scope(left).now_or_never().flatten()
        };
        assert_eq!(left(&context), None);
        context.client_waits(Duration::ZERO);
        assert_eq!(left(&context), Some(Duration::ZERO));
        context.client_waits(Duration::from_secs(9));
        assert!(left(&context).is_some_and(|left| left > Duration::from_secs(5)));
        context.answered();
        assert_eq!(left(&context), None);
    }

    #[test]
    fn the_first_order_of_a_context_stays() {
        let context = context("x");
        let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let set_both = async {
            TaskContext::set_current_order(first);
            TaskContext::set_current_order(second);
        };
        context.clone().scope(set_both).now_or_never().unwrap();
        assert_eq!(context.order_id(), Some(first));
    }
}
