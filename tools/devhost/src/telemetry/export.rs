//! Export to the collector: OTLP over HTTP, in batches, from a thread of its own. A collector that is slow
//! or dead costs spans only.

use std::env;
use std::sync::Once;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, Key};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

/// Either of them turns the export on.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];
/// The protocol that spans are sent by, from the first of them that is set.
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
/// A collector that takes longer loses the batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes the spans of `application` and sends them; `None` when no collector is configured. The SDK reads the
/// other variables itself: headers, sampler, the name of the service, the batches' limits.
///
/// # Errors
/// When the variables ask for something that this host does not do.
pub fn provider(application: &str) -> Result<Option<SdkTracerProvider>> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let disabled = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let Some(endpoint) = ENDPOINTS.into_iter().find(|name| set(name).is_some()) else {
        return Ok(None);
    };
    if disabled {
        return Ok(None);
    }
    if let Some(protocol) = PROTOCOLS.into_iter().find_map(set)
        && protocol != "http/protobuf"
    {
        bail!(
            "the protocol of OTLP is {protocol:?}, and devhost does http/protobuf only (port 4318)"
        );
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new())
        .build()
        .with_context(|| {
            format!("cannot export traces as {endpoint} and the other OTEL_* variables say")
        })?;
    let mut resource = Resource::builder().build();
    let named = resource.get(&Key::from_static_str("service.name"));
    if named.is_none_or(|name| name.as_str().starts_with("unknown_service")) {
        let name = application.to_owned();
        resource = Resource::builder().with_service_name(name).build();
    }
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build();
    Ok(Some(provider))
}

pub fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
    provider.tracer_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build())
}

/// A client that blocks, for the thread that sends the batches.
#[derive(Debug)]
struct Client {
    agent: ureq::Agent,
    reported: Once,
}

impl Client {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(EXPORT_TIMEOUT));
        Self {
            agent: config.build().into(),
            reported: Once::new(),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, body.to_vec());
        let (head, mut body) = self.agent.run(request)?.into_parts();
        let body = body.read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }

    /// Prints once that spans are lost.
    fn report(&self, why: &str) {
        self.reported.call_once(|| {
            eprintln!(
                "devhost: traces cannot be exported, and are dropped while that is so: {why}"
            );
        });
    }
}

#[wasmtime_wasi::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let to = request.uri().to_string();
        let sent = self.send(request);
        match &sent {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => self.report(&format!("{to} answers {}", response.status())),
            Err(error) => self.report(&format!("{to}: {error}")),
        }
        Ok(sent?)
    }
}
