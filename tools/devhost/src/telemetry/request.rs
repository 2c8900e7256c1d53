//! Spans of requests: at the component that serves one, and at the one that sends one.

use http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status};
use opentelemetry_sdk::trace::Span;

use super::{ReadHeaders, Telemetry, text};
use crate::http::routes::CHAINED;
use crate::http::{Request, Response};
use crate::outbound_hosts::Destination;

/// A request under way. The span ends when this is dropped.
pub struct RequestSpan(Option<Span>);

impl Telemetry {
    /// `component` is about to serve a request on `route`, and will see this span as its parent.
    pub fn served(&self, component: &str, route: &str, request: &mut Request) -> RequestSpan {
        let Some(tracing) = &self.0 else {
            return RequestSpan(None);
        };
        let method = method(request);
        let uri = request.uri();
        let attributes = [
            text("faas.name", component),
            text("faas.trigger", "http"),
            text("http.request.method", method),
            text("http.route", route),
            text("url.scheme", uri.scheme_str().unwrap_or("http")),
            // Never the query: it may hold anything.
            text("url.path", uri.path()),
        ];
        // A call from another component comes by no route of the manifest.
        let name = match route {
            CHAINED => format!("{method} {component}"),
            route => format!("{method} {route}"),
        };
        let span = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = tracing.start(&ReadHeaders(request.headers()), span);
        if let Some(span) = &span {
            tracing.inject(span, request.headers_mut());
        }
        RequestSpan(span)
    }

    /// `component` is about to send a request, whose server will see this span as its parent.
    pub fn sent(&self, component: &str, to: &Destination, request: &mut Request) -> RequestSpan {
        let Some(tracing) = &self.0 else {
            return RequestSpan(None);
        };
        let method = method(request);
        let port = to
            .port
            .unwrap_or(if to.scheme == "https" { 443 } else { 80 });
        let attributes = [
            text("faas.name", component),
            text("http.request.method", method),
            text("server.address", to.host.clone()),
            KeyValue::new("server.port", i64::from(port)),
            text("url.full", format!("{to}{}", request.uri().path())),
        ];
        let span = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        let span = tracing.start(&ReadHeaders(request.headers()), span);
        if let Some(span) = &span {
            tracing.inject(span, request.headers_mut());
        }
        RequestSpan(span)
    }
}

impl RequestSpan {
    /// The answer has begun; from `failed` on, its status is an error.
    pub fn answered(mut self, response: &Response, failed: StatusCode) {
        let Some(span) = &mut self.0 else {
            return;
        };
        let status = response.status();
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status.as_u16()),
        ));
        if status >= failed {
            span.set_attribute(text("error.type", status.as_str()));
            span.set_status(Status::error(""));
        }
    }

    /// No answer came.
    pub fn failed(mut self, error: &wasmtime_wasi_http::Error) {
        if let Some(span) = &mut self.0 {
            // The kind without its details.
            let kind = format!("{error:?}");
            let kind = kind.split(['(', ' ', '{']).next().unwrap_or_default();
            span.set_attribute(text("error.type", kind));
            span.set_status(Status::error(""));
        }
    }
}

/// The method, and one name for all that nobody knows.
fn method(request: &Request) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    let given = request.method().as_str();
    KNOWN
        .into_iter()
        .find(|known| *known == given)
        .unwrap_or("_OTHER")
}
