//! What is being worked on, for its log lines, its statements and its calls: a request, or a saga after
//! the answer.
//!
//! It is known wherever the work's future is polled ([`Work::scope`]), so nothing has to carry it
//! through every function. What is spawned takes it along by [`crate::background::spawn`].

use std::{
    cell::Cell,
    future::poll_fn,
    pin::pin,
    sync::{Arc, OnceLock},
};

use uuid::Uuid;

use crate::{domain::Domain, telemetry::trace::TraceContext};

thread_local! {
    // Never borrowed while other code runs: taken and put back.
    static CURRENT: Cell<Option<Arc<Work>>> = const { Cell::new(None) };
}

/// A request, or a saga that is driven.
#[derive(Debug)]
pub struct Work {
    domain: Domain,
    trace: TraceContext,
    request_id: String,
    order_id: OnceLock<Uuid>,
    path: OnceLock<String>,
}

impl Work {
    /// A request to this service.
    pub fn request(domain: Domain, trace: TraceContext, request_id: String) -> Arc<Self> {
        Arc::new(Self {
            domain,
            trace,
            request_id,
            order_id: OnceLock::new(),
            path: OnceLock::new(),
        })
    }

    /// A saga. Its order's id is the id of its requests as well: it ties the participants' lines to it.
    pub fn saga(domain: Domain, trace: TraceContext, order_id: Uuid) -> Arc<Self> {
        let work = Self::request(domain, trace, order_id.to_string());
        work.set_order_id(order_id);
        work
    }

    /// Something that no request asks for, with a trace and an id of its own.
    pub fn chore(domain: Domain) -> Arc<Self> {
        Self::request(domain, TraceContext::fresh(), Uuid::now_v7().to_string())
    }

    /// What the future that is being polled works on, if it says so.
    pub fn current() -> Option<Arc<Self>> {
        let current = CURRENT.take();
        CURRENT.set(current.clone());
        current
    }

    /// Says which order the present work is about.
    pub fn about_order(order_id: Uuid) {
        if let Some(work) = Self::current() {
            work.set_order_id(order_id);
        }
    }

    /// Polls the future as a part of this work.
    pub async fn scope<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _entered = self.enter();
            future.as_mut().poll(context)
        })
        .await
    }

    /// What happens until the guard is dropped is a part of this work.
    pub fn enter(self: &Arc<Self>) -> Entered {
        Entered {
            outer: CURRENT.replace(Some(Arc::clone(self))),
            _here: std::marker::PhantomData,
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

    /// The request's path, as it may be logged: see [`crate::web::route`].
    pub fn path(&self) -> Option<&str> {
        self.path.get().map(String::as_str)
    }

    pub(crate) fn set_path(&self, path: String) {
        self.path.get_or_init(|| path);
    }

    /// The first one stays.
    pub(crate) fn set_order_id(&self, order_id: Uuid) {
        self.order_id.get_or_init(|| order_id);
    }
}

/// The work that something is a part of, until this is dropped.
#[must_use]
pub struct Entered {
    outer: Option<Arc<Work>>,
    /// It counts on this thread, and must not be held while something is awaited.
    _here: std::marker::PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.outer.take());
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, channel::oneshot, executor::block_on, join};

    use super::*;

    fn work(id: &str) -> Arc<Work> {
        Work::request(Domain::Order, TraceContext::fresh(), id.into())
    }

    fn current() -> Option<String> {
        Work::current().map(|work| work.request_id().to_owned())
    }

    #[test]
    fn work_side_by_side_is_told_apart() {
        let (tell, told) = oneshot::channel::<()>();
        let first = work("first").scope(async {
            told.await.unwrap();
            current()
        });
        let second = work("second").scope(async {
            tell.send(()).unwrap();
            let inner = work("inner").scope(async { current() }).await;
            (inner, current())
        });
        let (first, second) = block_on(async { join!(first, second) });
        assert_eq!(first.as_deref(), Some("first"));
        assert_eq!(second, (Some("inner".into()), Some("second".into())));
        assert_eq!(current(), None);
    }

    #[test]
    fn the_order_that_was_named_first_stays() {
        let work = work("x");
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let named = async {
            Work::about_order(one);
            Work::about_order(other);
        };
        work.clone().scope(named).now_or_never().unwrap();
        assert_eq!(work.order_id(), Some(one));
    }
}
