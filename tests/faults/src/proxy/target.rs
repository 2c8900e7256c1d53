//! The target of a proxy: the participant, on one host or several.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header, uri::PathAndQuery};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

/// Longer than a participant takes for a call.
const PATIENCE: Duration = Duration::from_secs(30);

/// A whole call, so that it can be sent more than once.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub method: Method,
    pub path: PathAndQuery,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The hosts of the participant, called in turn.
#[derive(Clone, Debug)]
pub struct Target {
    hosts: Arc<[SocketAddr]>,
    turn: Arc<AtomicUsize>,
    client: legacy::Client<HttpConnector, Full<Bytes>>,
}

/// The participant did not answer, or its host was killed during the call.
#[derive(Debug, thiserror::Error)]
#[error("the participant did not answer: {0}")]
pub(super) struct NoAnswer(String);

impl Target {
    /// # Panics
    /// When there is no host.
    pub fn new(hosts: &[SocketAddr]) -> Self {
        assert!(!hosts.is_empty(), "a target needs a host");
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(2)));
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build(connector);
        Self {
            hosts: hosts.into(),
            turn: Arc::default(),
            client,
        }
    }

    pub(super) async fn send(&self, message: Message) -> Result<Response<Bytes>, NoAnswer> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.hosts.len();
        let host = self.hosts[turn];
        let mut request = Request::builder()
            .method(message.method)
            .uri(format!("http://{host}{}", message.path))
            .body(Full::new(message.body))
            .map_err(|error| NoAnswer(error.to_string()))?;
        *request.headers_mut() = message.headers;
        for name in [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING] {
            request.headers_mut().remove(name);
        }
        let whole = async {
            let (head, body) = self
                .client
                .request(request)
                .await
                .map_err(|error| NoAnswer(error.to_string()))?
                .into_parts();
            let body = body
                .collect()
                .await
                .map_err(|error| NoAnswer(error.to_string()))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        timeout(PATIENCE, whole)
            .await
            .unwrap_or_else(|_| Err(NoAnswer(format!("none within {PATIENCE:?}"))))
    }
}
