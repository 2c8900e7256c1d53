//! Spans of requests: of the component that serves one, and of the one that sends one.

use http::{Request, StatusCode};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status};
use opentelemetry_sdk::trace::Span;

use super::{ReadHeaders, Telemetry, text};
use crate::network::Destination;

/// The route that a call from another component has in Spin.
const CHAINED: &str = "/...";

/// The span of a request under way. It ends when this is dropped.
pub struct RequestSpan(Option<Span>);

impl Telemetry {
    /// Begins the span of a request that `component` serves, and makes it the parent that the component sees.
    /// `route` is `None` for a call from another component.
    pub fn served<B>(
        &self,
        component: &str,
        route: Option<&str>,
        request: &mut Request<B>,
    ) -> RequestSpan {
        let Some(tracing) = &self.0 else {
            return RequestSpan(None);
        };
        let method = method(request);
        let uri = request.uri();
        let attributes = [
            text("faas.name", component),
            text("faas.trigger", "http"),
            text("http.request.method", method),
            text("http.route", route.unwrap_or(CHAINED)),
            text("url.scheme", uri.scheme_str().unwrap_or("http")),
            // Without the query, which may hold secrets.
            text("url.path", uri.path()),
        ];
        let name = format!("{method} {}", route.unwrap_or(component));
        let span = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = tracing.start(&ReadHeaders(request.headers()), span);
        if let Some(span) = &span {
            tracing.inject(span, request.headers_mut());
        }
        RequestSpan(span)
    }

    /// Begins the span of a request that `component` sends, and makes it the parent that the server sees.
    pub fn sent<B>(
        &self,
        component: &str,
        to: &Destination,
        request: &mut Request<B>,
    ) -> RequestSpan {
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
    /// Ends the span with the status of the response, which is an error from `failed` on.
    pub fn answered(mut self, status: StatusCode, failed: StatusCode) {
        let Some(span) = &mut self.0 else {
            return;
        };
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status.as_u16()),
        ));
        if status >= failed {
            span.set_attribute(text("error.type", status.as_str()));
            span.set_status(Status::error(""));
        }
    }

    /// Ends the span of a request that got no response.
    pub fn failed(mut self, error: &str) {
        if let Some(span) = &mut self.0 {
            // The kind without its details: `ErrorCode::DnsError(…)` is `DnsError`.
            let kind = error.split(['(', ' ', '{']).next().unwrap_or_default();
            let kind = kind.rsplit("::").next().unwrap_or_default();
            span.set_attribute(text("error.type", kind));
            span.set_status(Status::error(""));
        }
    }
}

/// The method, or one name for all unknown ones.
fn method<B>(request: &Request<B>) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    let given = request.method().as_str();
    KNOWN
        .into_iter()
        .find(|known| *known == given)
        .unwrap_or("_OTHER")
}
