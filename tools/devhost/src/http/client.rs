//! Requests to other servers, by the client that Spin uses: hyper-util's, which keeps connections for the
//! next request.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::Uri;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::{Sleep, timeout};
use tower_service::Service;
use wasmtime_wasi_http::p3::RequestOptions;
use wasmtime_wasi_http::p3::bindings::http::types::DnsErrorPayload;

use super::message::{Body, ErrorCode, Request, Response};
use crate::tls;

/// How long to connect, to wait for a response and for each part of it, unless the request says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

tokio::task_local! {
    /// How long the present request's connector may take. The client has no other way to hand it over.
    static CONNECT_TIMEOUT: Duration;
}

/// A client shared by all components.
#[derive(Clone)]
pub struct Client(legacy::Client<HttpsConnector<Connector>, Body>);

impl Client {
    /// A client that trusts the system's certificate authorities and the public ones.
    pub fn new() -> Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client_config()?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(Connector);
        Ok(Self(
            legacy::Client::builder(TokioExecutor::new()).build(connector),
        ))
    }

    /// Sends the request to the server that its URI names. The response's body keeps the timeout between its
    /// parts.
    pub async fn send(
        &self,
        request: Request,
        options: RequestOptions,
    ) -> Result<Response, ErrorCode> {
        let connect_timeout = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let response_timeout = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let part_timeout = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);

        let response = CONNECT_TIMEOUT.scope(connect_timeout, self.0.request(request));
        let response = timeout(response_timeout, response)
            .await
            .map_err(|_| ErrorCode::ConnectionReadTimeout)?
            .map_err(|error| error_code(&error))?;
        Ok(response.map(|body| {
            TimedBody {
                body: Some(body),
                limit: part_timeout,
                sleep: None,
            }
            .boxed_unsync()
        }))
    }
}

/// The code of a request that got no response.
fn error_code(error: &legacy::Error) -> ErrorCode {
    let source = std::error::Error::source(error);
    match source.and_then(|source| source.downcast_ref::<ErrorCode>()) {
        Some(code) => code.clone(),
        // `Connector` has a code for each of its errors, so this one is the handshake's.
        None if error.is_connect() => ErrorCode::TlsProtocolError,
        None => ErrorCode::HttpProtocolError,
    }
}

/// Connects to the host and port of a URI.
#[derive(Clone, Copy)]
pub struct Connector;

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ErrorCode;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ErrorCode>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = CONNECT_TIMEOUT.try_with(|limit| *limit);
        Box::pin(connect(uri, limit.unwrap_or(DEFAULT_TIMEOUT)))
    }
}

async fn connect(uri: Uri, limit: Duration) -> Result<TokioIo<TcpStream>, ErrorCode> {
    let authority = uri.authority().ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let default_port = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let port = authority.port_u16().unwrap_or(default_port);
    let addresses: Vec<_> = tokio::net::lookup_host(format!("{}:{port}", authority.host()))
        .await
        .map_err(|_| unknown_address())?
        .collect();
    let stream = timeout(limit, TcpStream::connect(&*addresses))
        .await
        .map_err(|_| ErrorCode::ConnectionTimeout)?;
    stream
        .map(TokioIo::new)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrNotAvailable => unknown_address(),
            _ => ErrorCode::ConnectionRefused,
        })
}

fn unknown_address() -> ErrorCode {
    ErrorCode::DnsError(DnsErrorPayload {
        rcode: Some("address not available".to_owned()),
        info_code: Some(0),
    })
}

/// A body whose parts must come within a time of each other.
struct TimedBody {
    /// None after the time is over: the connection is given up.
    body: Option<Incoming>,
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for TimedBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
            self.sleep = None;
            return Poll::Ready(
                frame.map(|frame| frame.map_err(ErrorCode::from_hyper_request_error)),
            );
        }
        let limit = self.limit;
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(sleep.as_mut().poll(cx));
        self.body = None;
        Poll::Ready(Some(Err(ErrorCode::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body
            .as_ref()
            .is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map(http_body::Body::size_hint)
            .unwrap_or_default()
    }
}
