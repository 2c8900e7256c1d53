//! From Spin's request to axum's router and back.
//!
//! Every answer leaves with its request's id and, unless it is a stream, with a `content-length`:
//! without one the host sends it in two parts, which costs 40 ms on a kept-alive connection.

use std::{pin::Pin, sync::OnceLock, time::Instant};

use axum::{Router, body::Body, middleware, response::Response, routing::get};
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use serde::Serialize;
use spin_sdk::http::{BoxBody, box_body};
use tower_service::Service as _;

use crate::{
    config::ConfigError,
    domain::Domain,
    state::Service,
    telemetry::{log, trace::TraceContext, work::Work},
    web::{
        body::{MAX_BYTES, Received},
        health,
        problem::Problem,
        request_id::{self, RequestId},
        route,
    },
};

type Loading = Pin<Box<dyn Future<Output = Result<Router, ConfigError>> + Send>>;

/// A component: which domain it serves, and its routes, made at the instance's first request.
pub struct App {
    domain: Domain,
    load: fn() -> Loading,
    router: OnceLock<Router>,
}

impl App {
    pub const fn new(domain: Domain, load: fn() -> Loading) -> Self {
        Self {
            domain,
            load,
            router: OnceLock::new(),
        }
    }

    /// Answers a request.
    pub async fn serve(&self, request: spin_sdk::http::Request) -> http::Response<BoxBody> {
        let started = Instant::now();
        let id = RequestId::of(request.headers());
        let trace = TraceContext::of(request.headers());
        let method = request.method().clone();
        let work = Work::request(self.domain, trace, id.0.clone());
        let answered = work.clone().scope(async {
            let response = finish(self.respond(request, &id).await, &id);
            let line = RequestLine {
                method: known(&method),
                // What no route takes may be anything.
                path: work.path().unwrap_or("*"),
                status: response.status().as_u16(),
                duration_ms: started.elapsed().as_micros() as f64 / 1e3,
            };
            log::line(log::Level::Info, "request", &line);
            response
        });
        answered.await.map(box_body)
    }

    async fn respond(&self, request: spin_sdk::http::Request, id: &RequestId) -> Response {
        let (mut head, body) = request.into_parts();
        head.extensions.insert(receive(body).await);
        head.extensions.insert(id.clone());
        let mut router = match self.router().await {
            Ok(router) => router,
            Err(error) => self.without_configuration(error),
        };
        match router
            .call(http::Request::from_parts(head, Body::empty()))
            .await
        {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    async fn router(&self) -> Result<Router, ConfigError> {
        if let Some(router) = self.router.get() {
            return Ok(router.clone());
        }
        let loaded = (self.load)()
            .await?
            .route_layer(middleware::from_fn(route::note));
        Ok(self.router.get_or_init(|| loaded).clone())
    }

    /// The routes of a component that an operator has not configured as it must be: it runs, and can
    /// do nothing.
    fn without_configuration(&self, error: ConfigError) -> Router {
        let cause = error.to_string();
        Router::new()
            .route(&health_path(self.domain, "healthz"), get(health::healthz))
            .route_layer(middleware::from_fn(route::note))
            .fallback(|| async move { Problem::internal(cause) })
    }
}

/// The method; one that a client made up is not told.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS
        | Method::TRACE
        | Method::CONNECT => method.as_str(),
        _ => "_OTHER",
    }
}

/// What the line about a request says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    status: u16,
    /// Until the answer begins.
    duration_ms: f64,
}

fn health_path(domain: Domain, name: &str) -> String {
    format!("/api/{}/{name}", domain.segment())
}

/// The routes that every component has: health and readiness.
pub fn health_routes<S>(domain: Domain) -> Router<S>
where
    Service: axum::extract::FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route(&health_path(domain, "healthz"), get(health::healthz))
        .route(&health_path(domain, "readyz"), get(health::readyz))
}

/// Reads a body, up to the largest that is taken.
async fn receive<B>(mut body: B) -> Received
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Debug,
{
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            // Trailers.
            Ok(Err(_)) => {}
            Err(error) => {
                log::warn("a body broke off", &[("cause", &format!("{error:?}"))]);
                break;
            }
        }
        if bytes.len() > MAX_BYTES {
            return Received::TooLarge;
        }
    }
    Received::Whole(bytes.freeze())
}

/// Gives a response its last headers, and a failure its body.
fn finish(mut response: Response, id: &RequestId) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = render(&problem, id);
    } else if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        // The router's own answer: only `Allow` in it is of use.
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "This path does not take this method; `Allow` names those it takes.",
        );
        let allow = response.headers_mut().remove(header::ALLOW);
        response = render(&problem, id);
        response
            .headers_mut()
            .extend(allow.map(|allow| (header::ALLOW, allow)));
    }
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(request_id::HEADER, id);
    }
    if response.status() == StatusCode::NO_CONTENT {
        // The router's own zero: a 204 has no length to tell (RFC 9110, 8.6).
        response.headers_mut().remove(header::CONTENT_LENGTH);
    } else if let Some(length) = http_body::Body::size_hint(response.body()).exact() {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    response
}

fn render(problem: &Problem, id: &RequestId) -> Response {
    let body = serde_json::to_vec(&problem.document(&id.0)).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = problem.status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.extend(problem.headers.iter().cloned());
    response
}

/// For every path that no route has.
pub async fn nothing_here() -> Problem {
    Problem::not_found()
}
