//! The way in: requests of clients, to the component that their route names.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use http::header::{CONTENT_TYPE, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi_http::Error as HttpError;

use super::chain::chained_component;
use super::headers::add_spin_headers;
use super::routes::{Match, Router, WELL_KNOWN};
use super::{Request, Response, body};
use crate::telemetry::Telemetry;
use crate::workers::Workers;

/// The components that run, by id.
pub type Components = HashMap<String, Workers>;

/// The application, as clients see it.
pub struct Server {
    pub name: String,
    pub version: String,
    pub router: Router,
    pub components: Arc<Components>,
    pub telemetry: Telemetry,
}

/// A request whose authority is not one and clear.
#[derive(Debug, Error)]
enum BadAuthority {
    #[error("it has no Host header")]
    Missing,
    #[error("its Host header is no authority")]
    Invalid,
    #[error("its Host header and its URI name different authorities")]
    Contradiction,
}

impl Server {
    /// Serves for ever.
    pub async fn run(self: Arc<Self>, listener: TcpListener) -> Result<()> {
        loop {
            let (stream, client) = listener
                .accept()
                .await
                .context("cannot accept connections any more")?;
            // As in Spin, the sockets keep Nagle's algorithm: an answer in two writes is slow here too.
            tokio::spawn(Arc::clone(&self).serve_connection(stream, client));
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr) {
        let service = service_fn(move |request: http::Request<Incoming>| {
            let server = Arc::clone(&self);
            async move {
                let request = request.map(|body| body.map_err(HttpError::from).boxed_unsync());
                Ok::<_, Infallible>(server.answer(request, client).await)
            }
        });
        // A client that breaks its connection is no concern of anybody.
        let _ = auto::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn answer(&self, mut request: Request, client: SocketAddr) -> Response {
        refuse_chaining_host(&mut request);
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
        match self.components.get(route.component) {
            Some(component) => call(component, &route, request, client).await,
            None => empty(StatusCode::NOT_FOUND),
        }
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

/// Has a component serve a request; 500 with nothing in it if it does not.
pub async fn call(
    component: &Workers,
    route: &Match<'_>,
    mut request: Request,
    client: SocketAddr,
) -> Response {
    if let Err(error) = add_spin_headers(&mut request, route, client) {
        component
            .component()
            .output
            .note(&format!("answered with 500 (the client's fault): {error}"));
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let told = component.component();
    let span = told
        .telemetry
        .served(&told.id, route.raw_route, &mut request);
    let response = component
        .handle(request)
        .await
        .unwrap_or_else(|| empty(StatusCode::INTERNAL_SERVER_ERROR));
    span.answered(&response, StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// A client must not look like another component.
fn refuse_chaining_host(request: &mut Request) {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if host.is_some_and(|host| chained_component(host).is_some()) {
        request.headers_mut().remove(HOST);
    }
}

/// Makes the request's URI absolute, with the authority that it was sent to.
fn set_authority(request: &mut Request) -> Result<(), BadAuthority> {
    let named = match request.headers().get(HOST) {
        Some(host) => {
            Some(Authority::try_from(host.as_bytes()).map_err(|_| BadAuthority::Invalid)?)
        }
        None => None,
    };
    let mut uri = std::mem::take(request.uri_mut()).into_parts();
    let authority = match (named, uri.authority) {
        (None, None) => return Err(BadAuthority::Missing),
        (Some(one), Some(other)) if one != other => return Err(BadAuthority::Contradiction),
        (Some(authority), _) | (None, Some(authority)) => authority,
    };
    uri.authority = Some(authority);
    uri.scheme = Some(Scheme::HTTP);
    // `OPTIONS *` and `CONNECT` have no path.
    *request.uri_mut() = Uri::from_parts(uri).map_err(|_| BadAuthority::Invalid)?;
    Ok(())
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(body(""));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, host: Option<&str>) -> Request {
        let mut builder = http::Request::get(uri);
        if let Some(host) = host {
            builder = builder.header(HOST, host);
        }
        builder.body(body("")).unwrap()
    }

    fn authority(uri: &str, host: Option<&str>) -> Result<String, BadAuthority> {
        let mut request = request(uri, host);
        set_authority(&mut request)?;
        Ok(request.uri().to_string())
    }

    #[test]
    fn the_authority_is_the_hosts_or_the_uris() {
        assert_eq!(authority("/a?b", Some("x:1")).unwrap(), "http://x:1/a?b");
        assert_eq!(authority("http://x:1/a", None).unwrap(), "http://x:1/a");
        assert_eq!(
            authority("http://x:1/a", Some("x:1")).unwrap(),
            "http://x:1/a"
        );
        assert!(matches!(authority("/a", None), Err(BadAuthority::Missing)));
        assert!(matches!(
            authority("/a", Some("a b")),
            Err(BadAuthority::Invalid)
        ));
        assert!(matches!(
            authority("http://x/a", Some("y")),
            Err(BadAuthority::Contradiction)
        ));
    }

    #[test]
    fn a_client_is_no_component() {
        for host in ["order.spin.internal", "order.spin.internal:80"] {
            let mut request = request("/", Some(host));
            refuse_chaining_host(&mut request);
            assert!(request.headers().get(HOST).is_none(), "{host}");
        }
        let mut request = request("/", Some("shop"));
        refuse_chaining_host(&mut request);
        assert!(request.headers().get(HOST).is_some());
    }
}
