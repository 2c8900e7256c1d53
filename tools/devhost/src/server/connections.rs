//! Connections of clients, and the route of each request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};

use super::authority::{set_authority, strip_headers};
use super::components::Components;
use crate::http::message::{body, empty};
use crate::http::routes::{Router, WELL_KNOWN};
use crate::http::{ErrorCode, Request, Response};
use crate::telemetry::Telemetry;

/// The application, ready to serve.
pub struct Server {
    pub name: String,
    pub version: String,
    pub router: Router,
    pub components: Arc<Components>,
    pub telemetry: Telemetry,
}

impl Server {
    /// Serves until the listener fails.
    ///
    /// # Errors
    /// When no more connections can be accepted.
    pub async fn run(self: Arc<Self>, listener: TcpListener) -> Result<()> {
        loop {
            let (stream, client) = listener
                .accept()
                .await
                .context("cannot accept more connections")?;
            // As in Spin, the sockets keep Nagle's algorithm: a response in two writes is slow here too.
            tokio::spawn(Arc::clone(&self).serve_connection(stream, client));
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr) {
        let service = service_fn(move |request: http::Request<Incoming>| {
            let server = Arc::clone(&self);
            async move {
                let request = request.map(|body| {
                    body.map_err(ErrorCode::from_hyper_request_error)
                        .boxed_unsync()
                });
                Ok::<_, Infallible>(server.respond(request, client).await)
            }
        });
        // A connection that the client breaks needs no message.
        let _ = auto::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn respond(&self, mut request: Request, client: SocketAddr) -> Response {
        strip_headers(&mut request);
        let path = request.uri().path().to_owned();
        if let Some(name) = path.strip_prefix(WELL_KNOWN) {
            return self.well_known(name);
        }
        let Some(route) = self.router.find(&path) else {
            return empty(StatusCode::NOT_FOUND);
        };
        if let Err(error) = set_authority(&mut request) {
            eprintln!(
                "devhost: answered a request for {path} with 400 (the client's fault): {error}"
            );
            return empty(StatusCode::BAD_REQUEST);
        }
        let response = self.components.serve(&route, request, client).await;
        response.unwrap_or_else(|| empty(StatusCode::NOT_FOUND))
    }

    fn well_known(&self, name: &str) -> Response {
        match name {
            "health" => Response::new(body("OK")),
            "info" => {
                let info = serde_json::json!({ "name": self.name, "version": self.version });
                let mut response = Response::new(body(format!("{info:#}")));
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }
}
