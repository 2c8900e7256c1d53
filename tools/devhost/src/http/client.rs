//! The way out: requests to other servers over HTTP/1.1, with connections kept for the next request.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Uri;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Sleep, timeout};
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::{Request, Response};
use crate::outbound_hosts::Destination;
use crate::tls;

/// How long to connect, to wait for an answer and for each part of it, unless the request says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a connection waits for its next request.
const KEPT_FOR: Duration = Duration::from_secs(90);

type Connection = SendRequest<WasiBody>;
/// Connections without a request, and since when.
type Idle = HashMap<Key, Vec<(Instant, Connection)>>;

/// Shared by all components.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    idle: Arc<Mutex<Idle>>,
}

/// What a connection can be used for again.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    secure: bool,
    host: String,
    port: u16,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            tls: TlsConnector::from(Arc::new(tls::config(&[]))),
            idle: Arc::default(),
        }
    }
}

impl Client {
    /// Sends the request; its answer's body keeps the timeout between its parts.
    pub async fn send(
        &self,
        destination: &Destination,
        mut request: Request,
        options: RequestOptions,
    ) -> Result<Response, Error> {
        let secure = destination.scheme == "https";
        let key = Key {
            secure,
            host: destination.host.clone(),
            port: destination.port.unwrap_or(if secure { 443 } else { 80 }),
        };
        // The connection has a server already: its request names only the path.
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
        let connect_timeout = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let answer_timeout = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let part_timeout = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);

        let answer = timeout(
            answer_timeout,
            self.exchange(&key, request, connect_timeout),
        )
        .await;
        let response = answer.map_err(|_| Error::ConnectionReadTimeout)??;
        Ok(response.map(|body| {
            TimedBody {
                body,
                limit: part_timeout,
                sleep: None,
            }
            .boxed_unsync()
        }))
    }

    async fn exchange(
        &self,
        key: &Key,
        request: Request,
        connect_timeout: Duration,
    ) -> Result<http::Response<Incoming>, Error> {
        let mut request = request;
        while let Some(mut connection) = self.take_idle(key) {
            match connection.try_send_request(request).await {
                Ok(response) => {
                    self.keep_when_done(key, connection);
                    return Ok(response);
                }
                // The server closed the connection before it saw the request, which can go on another.
                Err(mut failure) => match failure.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(failure.into_error().into()),
                },
            }
        }
        let mut connection = timeout(connect_timeout, self.connect(key))
            .await
            .map_err(|_| Error::ConnectionTimeout)??;
        let response = connection.send_request(request).await?;
        self.keep_when_done(key, connection);
        Ok(response)
    }

    fn take_idle(&self, key: &Key) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.get_mut(key)?;
        connections
            .retain(|(since, connection)| since.elapsed() < KEPT_FOR && connection.is_ready());
        let (_, connection) = connections.pop()?;
        Some(connection)
    }

    /// Keeps the connection for the next request once its present answer has been read.
    fn keep_when_done(&self, key: &Key, mut connection: Connection) {
        let (idle, key) = (Arc::clone(&self.idle), key.clone());
        tokio::spawn(async move {
            if connection.ready().await.is_ok() {
                let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.entry(key)
                    .or_default()
                    .push((Instant::now(), connection));
            }
        });
    }

    async fn connect(&self, key: &Key) -> Result<Connection, Error> {
        // A URI has an IPv6 address in brackets, a name server and a certificate do not.
        let host = key.host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<_> = match tokio::net::lookup_host((host, key.port)).await {
            Ok(addresses) => addresses.collect(),
            Err(_) => {
                return Err(Error::DnsError {
                    rcode: Some("address not available".to_owned()),
                    info_code: Some(0),
                });
            }
        };
        let stream = TcpStream::connect(&*addresses)
            .await
            .map_err(|_| Error::ConnectionRefused)?;
        if !key.secure {
            return handshake(stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::DnsError {
            rcode: Some("invalid dns name".to_owned()),
            info_code: Some(0),
        })?;
        let stream = self.tls.connect(name, stream).await.map_err(Error::Tls)?;
        handshake(stream).await
    }
}

async fn handshake<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
) -> Result<Connection, Error> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // Its errors reach whoever waits for an answer on it.
        let _ = connection.await;
    });
    Ok(sender)
}

/// A body whose parts must come within a time of each other.
struct TimedBody {
    body: Incoming,
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.sleep = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        let limit = self.limit;
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
