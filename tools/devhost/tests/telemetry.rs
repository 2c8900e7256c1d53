//! Traces of the local host: which spans a request makes, and how they are exported. Spin has its own spans.

mod host;

use std::time::Duration;

use harness::collector::{Collector, Span, SpanKind};
use harness::require;
use host::{APPLICATION, Host, only_devhost};
use postgres_server::PostgresServer;
use rustix::process::Signal;
use serde_json::{Value, json};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn start(collector: &str, more: &[(&str, &str)], hosts: &str) -> Host {
    let manifest = format!(
        r#"{APPLICATION}
[[trigger.http]]
route = "/caller/..."
component = "caller"
[component.caller]
source = "GUEST"
allowed_outbound_hosts = ["http://callee.spin.internal"{hosts}]
[[trigger.http]]
route = {{ private = true }}
component = "callee"
[component.callee]
source = "GUEST"
"#
    );
    let endpoint = format!("http://{collector}");
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ];
    Host::start_with(&manifest, &[], &[&environment, more].concat())
}

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

fn get(host: &Host, path: &str, headers: &[(&str, &str)]) -> host::Answer {
    host.request("GET", path, headers, "")
}

/// The value of a header that a component was given.
fn header(seen: &Value, name: &str) -> Option<String> {
    let headers = seen["headers"].as_array()?.iter();
    let mut values = headers.filter(|header| header[0] == name);
    values
        .next()
        .map(|header| header[1].as_str().unwrap().to_owned())
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("no {name:?} in {spans:#?}"))
}

#[test]
fn a_chained_call_is_three_spans_of_one_trace() {
    require!(only_devhost("its spans"));
    let collector = Collector::start();
    let headers = "x-api-key=for the collector";
    let host = start(
        collector.address(),
        &[("OTEL_EXPORTER_OTLP_HEADERS", headers)],
        "",
    );
    let parent = traceparent("01");
    let path = "/caller/fetch?http://callee.spin.internal/some/echo?secret=x";
    let seen = get(
        &host,
        path,
        &[("traceparent", &parent), ("tracestate", "a=1")],
    )
    .json();
    let spans = collector.wait_for(3);
    let [first, call, last] =
        ["GET /caller/...", "GET", "GET callee"].map(|name| named(&spans, name));
    assert_eq!(
        (first.trace.as_str(), first.parent.as_str()),
        (TRACE, PARENT)
    );
    assert_eq!((&call.parent, &last.parent), (&first.id, &call.id));
    assert!(spans.iter().all(|span| span.trace == TRACE));
    assert_eq!(
        [first.kind, call.kind, last.kind],
        [SpanKind::Server, SpanKind::Client, SpanKind::Server]
    );
    // The component that was called sees the span above it.
    assert_eq!(
        header(&seen, "traceparent"),
        Some(format!("00-{TRACE}-{}-01", last.id))
    );
    for (span, name, value) in [
        (first, "faas.name", "caller"),
        (first, "http.route", "/caller/..."),
        (first, "url.path", "/caller/fetch"),
        (first, "http.response.status_code", "200"),
        (call, "url.full", "http://callee.spin.internal/some/echo"),
        (call, "server.address", "callee.spin.internal"),
        (last, "faas.name", "callee"),
    ] {
        assert_eq!(
            span.attributes.get(name).map(String::as_str),
            Some(value),
            "{span:#?}"
        );
    }
    assert!(!format!("{spans:?}").contains("secret"));
    assert_eq!(first.service, "test", "the application's name");
    let sent = collector.last_head();
    assert!(
        sent.starts_with("POST /v1/traces ")
            && sent
                .to_ascii_lowercase()
                .contains("x-api-key: for the collector"),
        "{sent}"
    );
}

#[test]
fn a_failure_is_an_error_of_its_span() {
    require!(only_devhost("its spans"));
    let collector = Collector::start();
    let host = start(collector.address(), &[("OTEL_SERVICE_NAME", "shop")], "");
    assert_eq!(host.get("/caller/trap").status, 500);
    assert_eq!(host.get("/caller/fetch?http://elsewhere/").status, 502);
    let spans = collector.wait_for(2);
    assert!(
        spans
            .iter()
            .all(|span| span.failed && span.parent.is_empty() && span.service == "shop")
    );
    assert_ne!(spans[0].trace, spans[1].trace);
}

#[test]
fn an_unsampled_trace_is_passed_on_unchanged() {
    require!(only_devhost("its spans"));
    let collector = Collector::start();
    let host = start(collector.address(), &[], "");
    let parent = traceparent("00");
    let seen = get(&host, "/caller/echo", &[("traceparent", &parent)]).json();
    assert_eq!(header(&seen, "traceparent"), Some(parent));
    // A request without a trace begins one, unless the sampler says otherwise.
    let seen = host.get("/caller/echo").json();
    let spans = collector.wait_for(1);
    assert_eq!(spans.len(), 1, "{spans:#?}");
    let begun = format!("00-{}-{}-01", spans[0].trace, spans[0].id);
    assert_eq!(header(&seen, "traceparent"), Some(begun));
    let off = [("OTEL_TRACES_SAMPLER", "parentbased_always_off")];
    let host = start(collector.address(), &off, "");
    assert_eq!(
        header(&host.get("/caller/echo").json(), "traceparent"),
        None
    );
}

#[test]
fn a_statement_is_a_span_of_the_trace_that_it_names() {
    require!(only_devhost("its spans"));
    let collector = Collector::start();
    let server = PostgresServer::temporary().expect("starting PostgreSQL");
    let allowed = format!(", \"postgres://127.0.0.1:{}\"", server.port());
    let host = start(
        collector.address(),
        &[("OTEL_TRACES_SAMPLER", "parentbased_always_off")],
        &allowed,
    );
    let comment = format!("/*traceparent='{}'*/", traceparent("01"));
    let statement = |sql: &str, execute: bool| json!({ "sql": sql, "execute": execute });
    let statements = [
        statement(&format!("select 'hidden'::text\n  as v {comment}"), false),
        statement(&format!("selekt 1 {comment}"), false),
        statement(&format!("create table t (a int) {comment}"), true),
        statement("select 1", false),
        statement("select 2 /*traceparent='nonsense'*/", false),
    ];
    let job = json!({ "address": server.url(), "statements": statements });
    host.post("/caller/statement", &job.to_string()).ok();
    let spans = collector.wait_for(3);
    assert_eq!(spans.len(), 3, "{spans:#?}");
    assert!(
        spans
            .iter()
            .all(|span| (span.trace.as_str(), span.parent.as_str()) == (TRACE, PARENT))
    );
    let first = named(&spans, "SELECT");
    assert_eq!(
        first.attributes["db.query.text"],
        "select 'hidden'::text as v"
    );
    assert_eq!(first.attributes["db.system.name"], "postgresql");
    assert!(!first.failed && first.kind == SpanKind::Client);
    let wrong = spans
        .iter()
        .find(|span| span.failed)
        .expect("the one that fails");
    assert_eq!(wrong.attributes["db.response.status_code"], "42601");
}

#[test]
fn a_dead_collector_costs_spans_only() {
    require!(only_devhost("its spans"));
    // A port without a listener.
    let collector = Collector::start();
    let address = collector.address().to_owned();
    drop(collector);
    let mut host = start(&address, &[], "");
    for _ in 0..20 {
        assert_eq!(host.get("/caller/hello").ok(), "hello");
    }
    host.output.wait_for("devhost: traces cannot be exported");
    host.get("/caller/hello").ok();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(host.output.text().matches("cannot be exported").count(), 1);
    assert!(host.end(Signal::TERM) < Duration::from_secs(4));
}

#[test]
fn remaining_spans_are_exported_at_the_end() {
    require!(only_devhost("its spans"));
    let collector = Collector::start();
    let mut host = start(
        collector.address(),
        &[("OTEL_BSP_SCHEDULE_DELAY", "60000")],
        "",
    );
    host.get("/caller/hello").ok();
    host.end(Signal::TERM);
    assert_eq!(collector.wait_for(1).len(), 1);
}

#[test]
fn an_unsupported_protocol_is_refused() {
    require!(only_devhost("its spans"));
    let manifest = format!(
        "{APPLICATION}[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = \"GUEST\"\n"
    );
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ];
    let printed = Host::refuse_with(&manifest, &[], &environment);
    assert!(
        printed.contains("\"grpc\"") && printed.contains("http/protobuf"),
        "{printed}"
    );
}
