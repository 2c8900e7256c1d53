//! Service chaining: `http://<component>.spin.internal/…` calls the component in this process, without a
//! socket and whether or not it has a route.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use super::message::{Request, Response};

/// The components of the application, as another component reaches them.
pub trait Peers: Send + Sync {
    /// Has the component `id` serve the request; `None` when there is no such component.
    fn call<'a>(
        &'a self,
        id: &'a str,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Option<Response>> + Send + 'a>>;
}

/// The way from one component to the others, which opens when all of them are loaded. Cheap to clone.
#[derive(Clone, Default)]
pub struct Chain(Arc<OnceLock<Arc<dyn Peers>>>);

impl Chain {
    /// Makes the components reachable. Only the first call counts.
    pub fn open(&self, peers: Arc<dyn Peers>) {
        let _ = self.0.set(peers);
    }

    /// Calls the component `id` with the request as it is, without any timeout; `None` when there is no such
    /// component.
    pub async fn call(&self, id: &str, request: Request) -> Option<Response> {
        self.0.get()?.call(id, request).await
    }
}
