//! A collector of traces: receives what a host exports by OTLP over HTTP.

use std::{
    collections::HashMap,
    env,
    io::BufReader,
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::status::StatusCode,
};
use prost::Message;
use uuid::Uuid;

pub use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::{
    eventually::eventually,
    raw_http::{ReceivedRequest, respond},
    skipped::Unavailable,
    unique,
};

/// Where the host exports to, an address of this machine.
const LISTEN: &str = "ZAKAZ_OTLP_LISTEN";
/// The host sends a batch several times a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Dropping it closes its port and its connections.
pub struct Collector {
    address: String,
    received: Arc<Mutex<Received>>,
    closing: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Received {
    last_head: String,
    spans: Vec<Span>,
    /// To be shut down at the end: an exporter would go on sending over an open one.
    connections: Vec<TcpStream>,
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
    /// Whether its status is an error.
    pub failed: bool,
    /// The trace state.
    pub state: String,
    /// `service.name` of its resource.
    pub service: String,
    pub attributes: HashMap<String, String>,
}

/// The trace of a client that wants it recorded.
pub struct ClientTrace {
    pub trace: String,
    /// The client's own span, which is not exported.
    pub span: String,
}

impl ClientTrace {
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

impl Default for ClientTrace {
    fn default() -> Self {
        Self::new()
    }
}

impl Collector {
    /// Listens on a free port of this machine.
    pub fn start() -> Self {
        Self::listen("127.0.0.1:0")
    }

    /// Listens where the host under test exports to.
    ///
    /// # Errors
    /// When the host does not export spans as `devhost` does.
    ///
    /// # Panics
    /// When nothing says where the host exports to, or another process listens there.
    pub fn of_the_host() -> Result<Self, Unavailable> {
        if env::var("ZAKAZ_HOST").is_ok_and(|host| host == "spin") {
            return Err(Unavailable::new(
                "Spin's spans have other names and attributes",
            ));
        }
        match env::var(LISTEN) {
            Ok(address) => Ok(Self::listen(&address)),
            Err(_) if env::var("ZAKAZ_NO_TELEMETRY").is_ok_and(|it| it == "1") => Err(
                Unavailable::new("ZAKAZ_NO_TELEMETRY=1 says that the host exports no traces"),
            ),
            Err(_) => panic!(
                "{LISTEN} is not set: this test takes the host's traces. `cargo xtask test --only e2e` sets it; \
                 for a host that exports none set ZAKAZ_NO_TELEMETRY=1"
            ),
        }
    }

    fn listen(address: &str) -> Self {
        let listener =
            TcpListener::bind(address).unwrap_or_else(|error| panic!("at {address}: {error}"));
        let address = listener.local_addr().expect("its address").to_string();
        let (received, closing): (Arc<Mutex<Received>>, Arc<AtomicBool>) = Default::default();
        let (writer, ended) = (Arc::clone(&received), Arc::clone(&closing));
        let listening = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let connection = stream.try_clone().expect("a second handle");
                locked(&writer).connections.push(connection);
                let writer = Arc::clone(&writer);
                thread::spawn(move || serve(stream, &writer));
            }
        });
        Self {
            address,
            received,
            closing,
            listening: Some(listening),
        }
    }

    /// The host and port that it listens on.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All spans that have come, once there are at least `count`.
    ///
    /// # Panics
    /// When they do not come.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Span> {
        let start = Instant::now();
        loop {
            let spans = self.received().spans.clone();
            if spans.len() >= count {
                return spans;
            }
            assert!(start.elapsed() < PATIENCE, "{count} spans, not {spans:#?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The spans of a trace that have come, once `complete` says that none is missing.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn trace(
        &self,
        trace: &str,
        complete: impl Fn(&[Span]) -> Result<(), String>,
    ) -> Vec<Span> {
        eventually("the spans come", PATIENCE, || async {
            let received = self.received();
            let found = received.spans.iter().filter(|span| span.trace == trace);
            let found: Vec<Span> = found.cloned().collect();
            complete(&found).map_err(|missing| format!("{missing} in {found:#?}"))?;
            Ok(found)
        })
        .await
    }

    /// The request line and headers of the last batch.
    pub fn last_head(&self) -> String {
        self.received().last_head.clone()
    }

    fn received(&self) -> MutexGuard<'_, Received> {
        locked(&self.received)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        // Wakes the thread, which then closes the port.
        let _ = TcpStream::connect(&self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
        for connection in self.received().connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Span {
    /// An attribute's value; empty when it is not there.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub fn is_statement(&self) -> bool {
        self.attribute("db.system.name") == "postgresql"
    }
}

fn serve(stream: TcpStream, received: &Mutex<Received>) {
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = ReceivedRequest::read(&mut reader) {
        assert_eq!(request.method_and_path(), ("POST", "/v1/traces"));
        let batch = ExportTraceServiceRequest::decode(&*request.body).expect("a batch of spans");
        {
            let mut received = locked(received);
            received.last_head = request.head;
            received.spans.extend(read(batch));
        }
        if respond(reader.get_mut(), 200, "").is_err() {
            return;
        }
    }
}

fn locked(received: &Mutex<Received>) -> MutexGuard<'_, Received> {
    received.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(batch: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource in batch.resource_spans {
        let described = texts(resource.resource.unwrap_or_default().attributes);
        let service = described.get("service.name").cloned().unwrap_or_default();
        let scopes = resource.scope_spans.into_iter();
        spans.extend(scopes.flat_map(|scope| scope.spans).map(|span| {
            Span {
                kind: span.kind(),
                failed: span
                    .status
                    .as_ref()
                    .is_some_and(|status| status.code() == StatusCode::Error),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                started: SystemTime::UNIX_EPOCH + Duration::from_nanos(span.start_time_unix_nano),
                name: span.name,
                state: span.trace_state,
                service: service.clone(),
                attributes: texts(span.attributes),
            }
        }));
    }
    spans
}

fn texts(attributes: Vec<KeyValue>) -> HashMap<String, String> {
    let texts = attributes.into_iter().map(|attribute| {
        let value = match attribute.value.and_then(|it| it.value) {
            Some(Value::StringValue(text)) => text,
            Some(Value::IntValue(number)) => number.to_string(),
            other => format!("{other:?}"),
        };
        (attribute.key, value)
    });
    texts.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
