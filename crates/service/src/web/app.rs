//! A component: it takes Spin's requests, routes them with axum, and returns the responses.

use std::{
    pin::Pin,
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::FromRef,
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::Method;
use serde::Serialize;
use spin_sdk::http::{BoxBody, box_body};
use tower_service::Service as _;

use crate::{
    config::ConfigError,
    currency::Currency,
    domain::Domain,
    state::Service,
    telemetry::{TaskContext, log, request_id::RequestId, trace::TraceContext},
    web::{health, problem::Problem, received_body::ReceivedBody, response, route},
};

type LoadRouter = Pin<Box<dyn Future<Output = Result<Router, ConfigError>> + Send>>;

/// How long a client's request waits for the database and for other services, all its statements together. A little less
/// than the 5 s that a client waits.
const ANSWER_WITHIN: Duration = Duration::from_millis(4_500);

/// A component: its domain, and its routes, which are made at an instance's first request.
pub struct App {
    domain: Domain,
    load: fn() -> LoadRouter,
    router: OnceLock<Router>,
}

impl App {
    pub const fn new(domain: Domain, load: fn() -> LoadRouter) -> Self {
        Self {
            domain,
            load,
            router: OnceLock::new(),
        }
    }

    /// Answers a request.
    pub async fn serve(&self, request: spin_sdk::http::Request) -> http::Response<BoxBody> {
        let started = Instant::now();
        let id = RequestId::from_headers(request.headers());
        let trace = TraceContext::from_headers(request.headers());
        let method = request.method().clone();
        let context = TaskContext::request(self.domain, trace, id.0.clone());
        let response = context.clone().scope(async {
            let response = self.respond(request, &id).await;
            context.answered();
            let response = response::complete(response, &method, &id);
            let line = RequestLine {
                method: loggable(&method),
                // A path without a route is not logged: a client can choose it freely.
                path: context.path().unwrap_or("*"),
                status: response.status().as_u16(),
                duration_ms: started.elapsed().as_micros() as f64 / 1e3,
            };
            log::line(log::Level::Info, "request", &line);
            response
        });
        response.await.map(box_body)
    }

    async fn respond(&self, request: spin_sdk::http::Request, id: &RequestId) -> Response {
        let (mut head, body) = request.into_parts();
        match ReceivedBody::receive(&head.headers, body).await {
            Ok(received) => head.extensions.insert(received),
            Err(problem) => return problem.into_response(),
        };
        if let Some(context) = TaskContext::current()
            && head.uri.path().starts_with("/api/")
        {
            context.client_waits(ANSWER_WITHIN);
        }
        head.extensions.insert(id.clone());
        let mut router = match self.router().await {
            Ok(router) => router,
            Err(error) => self.misconfigured(error),
        };
        match router
            .call(http::Request::from_parts(head, Body::empty()))
            .await
        {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// The instance's router. Requests that arrive before it is made each make one, and the first is kept.
    async fn router(&self) -> Result<Router, ConfigError> {
        if let Some(router) = self.router.get() {
            return Ok(router.clone());
        }
        let loaded = (self.load)()
            .await?
            .route_layer(middleware::from_fn(route::record))
            .fallback(async || Problem::not_found());
        Ok(self.router.get_or_init(|| loaded).clone())
    }

    /// The router of a component whose variables are missing or invalid: it is alive, and everything else
    /// fails.
    fn misconfigured(&self, error: ConfigError) -> Router {
        let cause = error.to_string();
        Router::new()
            .route(&health_path(self.domain, "healthz"), get(health::healthz))
            .route_layer(middleware::from_fn(route::record))
            .fallback(|| async move { Problem::internal(cause) })
    }
}

/// The routes that every component has: health and readiness.
pub fn common_routes<S>(domain: Domain) -> Router<S>
where
    Service: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    health_routes(domain, get(health::readyz))
}

/// The same, of a component with amounts of money.
pub fn common_priced_routes<S>(domain: Domain) -> Router<S>
where
    Service: FromRef<S>,
    Currency: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    health_routes(domain, get(health::priced_readyz))
}

fn health_routes<S>(domain: Domain, readyz: MethodRouter<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route(&health_path(domain, "healthz"), get(health::healthz))
        .route(&health_path(domain, "readyz"), readyz)
}

fn health_path(domain: Domain, name: &str) -> String {
    format!("/api/{}/{name}", domain.path_segment())
}

/// The fields of a request's log line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    status: u16,
    /// Until the response begins.
    duration_ms: f64,
}

/// The method's name; of a method that a client made up, `_OTHER`.
fn loggable(method: &Method) -> &str {
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
