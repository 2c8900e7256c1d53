//! The instances of a component: when one starts, which requests it accepts, when it ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    self, ExpirationError, HandlerState, InstantiationError, Proxy, ProxyHandler, ShouldAccept,
    TrapOrPanicError, ViewFn, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::WasiHttpView as _;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::component::Component;
use crate::http::{ErrorCode, Request, Response};
use crate::instance::Instance;
use crate::reuse::Reuse;

/// A component and its running instances.
pub struct Workers(ProxyHandler<Factory>);

/// Starts instances of a component.
pub struct Factory {
    pub component: Arc<Component>,
    pub engine: Engine,
    /// Compiled, linked and type-checked.
    pub linked: ServicePre<Instance>,
    pub reuse: Reuse,
}

impl Workers {
    pub fn new(factory: Factory) -> Self {
        Self(ProxyHandler::new(factory))
    }

    pub fn component(&self) -> &Component {
        &self.0.state().component
    }

    /// Has an instance serve the request; `None`, after a line for the developer, when it fails.
    pub async fn handle(&self, request: Request) -> Option<Response> {
        let request = request.map(|body| body.map_err(handler::ErrorCode::from).boxed_unsync());
        match self.0.handle((), request).await {
            Ok(response) => Some(response.map(|body| body.map_err(error_code).boxed_unsync())),
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

/// The error of a response's body.
fn error_code(error: wasmtime::Error) -> ErrorCode {
    match error.downcast() {
        Ok(code) => code,
        Err(other) => ErrorCode::InternalError(Some(other.to_string())),
    }
}

impl HandlerState for Factory {
    type StoreData = Instance;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(
        &self,
    ) -> wasmtime::Result<handler::Instance<Instance, Expiration, Worker>> {
        let mut store = Instance::store(&self.engine, &self.component);
        let service = self.linked.instantiate_async(&mut store).await?;
        Ok(handler::Instance {
            store,
            proxy: Proxy::P3(service),
            view: ViewFn::P3(Instance::http),
            expiration: Expiration {
                reuse: self.reuse,
                sleep: Box::pin(tokio::time::sleep(Duration::MAX)),
            },
            state: Worker {
                component: Arc::clone(&self.component),
                reuse: self.reuse,
            },
        })
    }
}

/// Ends an instance that has been in one state for too long.
pub struct Expiration {
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
pub struct Worker {
    component: Arc<Component>,
    reuse: Reuse,
}

impl WorkerState for Worker {
    type StoreData = Instance;
    type RequestId = ();

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        if total_count >= self.reuse.count {
            ShouldAccept::Never
        } else if concurrent_count >= self.reuse.concurrent_count {
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
        match self.reuse.request_timeout {
            Some(limit) => Box::pin(tokio::time::sleep(limit)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn drop(&self, store: Store<Instance>, result: Result<(), wasmtime::Error>) {
        // The instance's last output comes before the reason of its end.
        drop(store);
        if let Err(error) = result {
            self.report_end(&error);
        }
    }
}

/// What the engine's handler calls the end of an instance whose limit is over.
const TIMED_OUT: &str = "guest timed out";
/// What it calls the end of an instance that is dropped while it works: by a panic, or when the host ends.
const DROPPED: &str = "worker panicked";

impl Worker {
    /// Prints why the instance ended with all its work.
    ///
    /// A trap, also one in work after the answer, is a line with `] devhost: trap: ` in it. Spin prints
    /// `worker failed: ` and the same error to stderr, without the component's name; there the two other
    /// endings have that line too, so a test that looks for traps has to leave `guest timed out` and
    /// `worker panicked` out.
    fn report_end(&self, error: &wasmtime::Error) {
        let (id, output) = (&self.component.id, &self.component.output);
        match error.to_string().as_str() {
            TIMED_OUT => output.note(&format!(
                "an instance of {id} took longer than --request-timeout and ended with all its work"
            )),
            DROPPED if !std::thread::panicking() => {}
            _ => output.note(&format!(
                "trap: an instance of {id} ended with all its work: {:#}\n{error:?}",
                error.root_cause()
            )),
        }
    }
}
