//! Traces, by OTLP: a span for every request, every call of a component and every statement, when
//! `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector (as in Spin). Without one there are no spans, and
//! `traceparent` is passed on unchanged.
//!
//! A host cannot know which of an instance's requests makes a call or a statement, so the component says it:
//! a call has the `traceparent` that its request was given, a statement ends with it as a comment
//! (sqlcommenter). A statement that names no trace has no span.

mod export;
mod request;
mod statement;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use http::HeaderMap;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanBuilder, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

pub use request::RequestSpan;
pub use statement::{StatementFailure, StatementSpan};

/// How long the host waits at its end for spans that are not exported yet.
const LAST_EXPORT: Duration = Duration::from_secs(2);

/// Makes and exports spans, when a collector is configured. Cheap to clone.
#[derive(Clone, Default)]
pub struct Telemetry(Option<Arc<Tracing>>);

struct Tracing {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
}

impl Telemetry {
    /// As the variables `OTEL_*` say; `application` is the service's name unless they name another.
    ///
    /// # Errors
    /// When they ask for what this host does not do.
    pub fn from_environment(application: &str) -> Result<Self> {
        let provider = export::provider(application)?;
        Ok(Self(provider.map(|provider| {
            Arc::new(Tracing {
                tracer: export::tracer(&provider),
                provider,
                propagator: TraceContextPropagator::new(),
            })
        })))
    }

    /// Exports the remaining spans; takes two seconds at most.
    pub fn end(&self) {
        if let Some(tracing) = &self.0 {
            // A collector that fails costs spans only.
            let _ = tracing.provider.shutdown_with_timeout(LAST_EXPORT);
        }
    }
}

impl Tracing {
    /// A span below the one that the carrier names, or the first of a trace. `None` when its trace is not
    /// sampled.
    fn start(&self, parent: &dyn Extractor, span: SpanBuilder) -> Option<Span> {
        let parent = self
            .propagator
            .extract_with_context(&Context::new(), parent);
        let span = self.tracer.build_with_context(span, &parent);
        span.is_recording().then_some(span)
    }

    /// Makes the span the parent of the spans of the server that gets these headers.
    fn inject(&self, span: &Span, headers: &mut HeaderMap) {
        let context = Context::new().with_remote_span_context(span.span_context().clone());
        self.propagator
            .inject_context(&context, &mut Headers(headers));
    }
}

fn text(name: &'static str, value: impl Into<String>) -> KeyValue {
    KeyValue::new(name, value.into())
}

struct ReadHeaders<'a>(&'a HeaderMap);

impl Extractor for ReadHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = http::HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(&value)) {
            match value.is_empty() {
                true => self.0.remove(name),
                false => self.0.insert(name, value),
            };
        }
    }
}
