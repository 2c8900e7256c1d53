//! A collector of traces: takes what the host exports by OTLP, for as long as one test runs.

use std::{
    collections::HashMap,
    convert::Infallible,
    env,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value,
    trace::v1::span::SpanKind,
};
use prost::Message;
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

use crate::{eventually::eventually, unique};

/// Where the host exports to, an address of this machine.
const LISTEN: &str = "ZAKAZ_OTLP_LISTEN";
/// The host sends a batch five times a second.
const PATIENCE: Duration = Duration::from_secs(15);

/// Dropping it ends the listening.
pub struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    listening: JoinHandle<()>,
}

/// One span, as far as the tests ask.
#[derive(Clone, Debug)]
pub struct Span {
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
    pub name: String,
    pub kind: SpanKind,
    pub started: SystemTime,
    pub state: String,
    pub attributes: HashMap<String, String>,
}

/// A trace that a client has begun, and wants recorded.
pub struct Begun {
    pub trace: String,
    pub span: String,
}

impl Begun {
    pub fn new() -> Self {
        Self {
            trace: Uuid::new_v4().simple().to_string(),
            span: format!("{:016x}", unique::bits() | 1),
        }
    }

    /// The value of `traceparent`.
    pub fn parent(&self) -> String {
        format!("00-{}-{}-01", self.trace, self.span)
    }
}

impl Default for Begun {
    fn default() -> Self {
        Self::new()
    }
}

impl Collector {
    /// `None` when `ZAKAZ_NO_TELEMETRY=1` says that this host exports no traces; the test is to end then.
    ///
    /// # Panics
    /// When nothing says where the host exports to, or somebody else listens there.
    pub async fn listen() -> Option<Self> {
        let address = match env::var(LISTEN) {
            Ok(address) => address,
            Err(_) if env::var("ZAKAZ_NO_TELEMETRY").is_ok_and(|it| it == "1") => {
                eprintln!("not tested: ZAKAZ_NO_TELEMETRY=1 says that this host exports no traces");
                return None;
            }
            Err(_) => panic!(
                "{LISTEN} is not set: this test takes the host's traces. `cargo xtask test --only e2e` sets it; \
                 for a host that exports none set ZAKAZ_NO_TELEMETRY=1"
            ),
        };
        let listener = TcpListener::bind(&address)
            .await
            .unwrap_or_else(|error| panic!("{LISTEN} names {address}: {error}"));
        let spans: Arc<Mutex<Vec<Span>>> = Arc::default();
        let listening = tokio::spawn(serve(listener, Arc::clone(&spans)));
        Some(Self { spans, listening })
    }

    /// The spans of a trace that have come, once `enough` says that these are all.
    pub async fn trace(
        &self,
        trace: &str,
        enough: impl Fn(&[Span]) -> Result<(), String>,
    ) -> Vec<Span> {
        eventually("the spans come", PATIENCE, || async {
            let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
            let found = spans.iter().filter(|span| span.trace == trace);
            let found: Vec<Span> = found.cloned().collect();
            enough(&found).map_err(|missing| format!("{missing} in {found:#?}"))?;
            Ok(found)
        })
        .await
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Span {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub fn is_statement(&self) -> bool {
        self.attribute("db.system.name") == "postgresql"
    }
}

async fn serve(listener: TcpListener, spans: Arc<Mutex<Vec<Span>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let spans = Arc::clone(&spans);
        let service = service_fn(move |request: Request<Incoming>| {
            let spans = Arc::clone(&spans);
            async move {
                assert_eq!(request.uri().path(), "/v1/traces");
                let body = request.into_body().collect().await;
                let bytes = body.expect("a whole batch").to_bytes();
                let batch = ExportTraceServiceRequest::decode(bytes).expect("a batch of spans");
                spans
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(read(batch));
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn read(batch: ExportTraceServiceRequest) -> impl Iterator<Item = Span> {
    let resources = batch.resource_spans.into_iter();
    let scopes = resources.flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).map(|span| Span {
        kind: span.kind(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        started: SystemTime::UNIX_EPOCH + Duration::from_nanos(span.start_time_unix_nano),
        attributes: span
            .attributes
            .into_iter()
            .map(|attribute| {
                let value = match attribute.value.and_then(|it| it.value) {
                    Some(Value::StringValue(text)) => text,
                    Some(Value::IntValue(number)) => number.to_string(),
                    other => format!("{other:?}"),
                };
                (attribute.key, value)
            })
            .collect(),
        name: span.name,
        state: span.trace_state,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
