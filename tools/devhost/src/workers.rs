//! The instances of a component: when one starts, what it takes on, when it ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    self, ExpirationError, HandlerState, InstantiationError, Proxy, ProxyHandler, ShouldAccept,
    TrapOrPanicError, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::component::{Component, Reuse};
use crate::http::{Request, Response};
use crate::instance::Instance;

/// A component and its running instances.
pub struct Workers {
    handler: ProxyHandler<Factory>,
}

impl Workers {
    pub fn new(component: Arc<Component>) -> Self {
        Self {
            handler: ProxyHandler::new(Factory(component)),
        }
    }

    pub fn component(&self) -> &Component {
        &self.handler.state().0
    }

    /// Has an instance serve the request. If none does, tells the developer why and gives nothing.
    pub async fn handle(&self, request: Request) -> Option<Response> {
        match self.handler.handle((), request).await {
            Ok(response) => Some(response),
            Err(error) => {
                self.component().output.note(&self.explain(&error));
                None
            }
        }
    }

    fn explain(&self, error: &wasmtime::Error) -> String {
        let id = &self.component().id;
        if let Some(error) = error.downcast_ref::<InstantiationError<()>>() {
            format!(
                "could not start an instance of {id} (the host's limit, or its imports): {:#}",
                error.error
            )
        } else if error.is::<ExpirationError>() {
            format!("{id} gave no answer within --request-timeout")
        } else if error.is::<TrapOrPanicError>() {
            format!("{id} trapped while it served a request (the component's fault); so 500")
        } else {
            format!(
                "{id} answered with an error instead of a response (the component's fault), so 500: {error:#}"
            )
        }
    }
}

/// Starts instances.
struct Factory(Arc<Component>);

impl HandlerState for Factory {
    type StoreData = Instance;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(
        &self,
    ) -> wasmtime::Result<handler::Instance<Instance, Expiration, Worker>> {
        let mut store = Instance::store(&self.0);
        let service = self.0.linked.instantiate_async(&mut store).await?;
        Ok(handler::Instance {
            store,
            proxy: Proxy::P3(service),
            view: Instance::http,
            expiration: Expiration {
                reuse: self.0.reuse,
                sleep: Box::pin(tokio::time::sleep(Duration::MAX)),
            },
            state: Worker(Arc::clone(&self.0)),
        })
    }
}

/// Ends an instance that has been in one state for too long.
struct Expiration {
    reuse: Reuse,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        let limit = match status {
            WorkerStatus::Idle => Some(self.reuse.idle_timeout),
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.reuse.request_timeout,
        };
        let Some(deadline) = limit.and_then(|limit| start.checked_add(limit)) else {
            return Poll::Pending;
        };
        if self.sleep.deadline() != deadline.into() {
            self.sleep.as_mut().reset(deadline.into());
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// One running instance.
struct Worker(Arc<Component>);

impl WorkerState for Worker {
    type StoreData = Instance;
    type RequestData = ();

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        if total_count >= self.0.reuse.count {
            ShouldAccept::Never
        } else if concurrent_count >= self.0.reuse.concurrent_count {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Instance>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        match self.0.reuse.request_timeout {
            Some(limit) => Box::pin(tokio::time::sleep(limit)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn drop(&self, store: Store<Instance>, result: Result<(), wasmtime::Error>) {
        // What the instance printed last is shown before the reason of its end.
        drop(store);
        if let Err(error) = result {
            self.0.output.note(&format!(
                "an instance of {} ended with all that it was doing: {error:?}",
                self.0.id
            ));
        }
    }
}
