//! A collector of traces, over OTLP.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message as _;

use crate::host::PATIENCE;

/// Dropping it closes its port.
pub struct Collector {
    pub address: String,
    taken: Arc<Mutex<Taken>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Taken {
    head: String,
    spans: Vec<Span>,
}

#[derive(Clone, Debug)]
pub struct Span {
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
    pub name: String,
    /// `SERVER`, `CLIENT`
    pub kind: &'static str,
    pub failed: bool,
    /// The resource's name.
    pub service: String,
    pub attributes: HashMap<String, String>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (taken, over): (Arc<Mutex<Taken>>, Arc<AtomicBool>) = Default::default();
        let (writer, ended) = (Arc::clone(&taken), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let writer = Arc::clone(&writer);
                std::thread::spawn(move || serve(stream, &writer));
            }
        });
        Self {
            address,
            taken,
            over,
            thread: Some(thread),
        }
    }

    /// All spans that have come, once there are as many as these.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Span> {
        let start = Instant::now();
        loop {
            let spans = self.taken.lock().expect("the other thread").spans.clone();
            if spans.len() >= count {
                return spans;
            }
            assert!(start.elapsed() < PATIENCE, "{count} spans, not {spans:#?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The head of the last request.
    pub fn head(&self) -> String {
        self.taken.lock().expect("the other thread").head.clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the thread, which then closes the port.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, taken: &Mutex<Taken>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).is_ok_and(|read| read == 0) {
                return;
            }
        }
        let head = head.to_ascii_lowercase().replacen("post", "POST", 1);
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.expect("a length").trim().parse().expect("a number")];
        reader.read_exact(&mut body).expect("the body");
        let batch = ExportTraceServiceRequest::decode(&*body).expect("a batch of spans");
        {
            let mut taken = taken.lock().expect("the other thread");
            taken.head = head;
            taken.spans.extend(read(batch));
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        if reader.get_mut().write_all(answer).is_err() {
            return;
        }
    }
}

fn read(batch: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for of_resource in batch.resource_spans {
        let resource = texts(of_resource.resource.unwrap_or_default().attributes);
        for span in of_resource
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans)
        {
            spans.push(Span {
                kind: span.kind().as_str_name().trim_start_matches("SPAN_KIND_"),
                failed: span
                    .status
                    .is_some_and(|status| status.code() == StatusCode::Error),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                name: span.name,
                service: resource["service.name"].clone(),
                attributes: texts(span.attributes),
            });
        }
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
