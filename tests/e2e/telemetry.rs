//! Traces: an order is one trace, from the client's span to the last statement.

use std::time::Duration;

use harness::{
    collector::{ClientTrace, Collector, Span, SpanKind},
    eventually::eventually,
    host_log::HostLog,
    order::{Order, SagaState, Status},
    purchase::Purchase,
    require,
    system::System,
};
use http::Method;

/// The participants' paths, and the functions that their PUT and DELETE call.
const STEPS: [(&str, &str, &str); 3] = [
    ("/internal/billing/charges/", "charge(", "refund("),
    ("/internal/warehouse/reservations/", "reserve(", "release("),
    ("/internal/delivery/reservations/", "reserve(", "release("),
];

fn find<'a>(spans: &'a [Span], what: &str, is: impl Fn(&Span) -> bool) -> Result<&'a Span, String> {
    spans
        .iter()
        .find(|span| is(span))
        .ok_or_else(|| format!("no {what}"))
}

/// A call from the order component to a participant: the client's span, the server's, and its statement.
fn call<'a>(
    spans: &'a [Span],
    method: &Method,
    path: &str,
    statement: &str,
) -> Result<[&'a Span; 3], String> {
    let server = find(spans, path, |span| {
        span.kind == SpanKind::Server
            && span.attribute("http.request.method") == method.as_str()
            && span.attribute("url.path") == path
    })?;
    let client = find(spans, "caller", |span| span.id == server.parent)?;
    let below = find(spans, statement, |span| {
        span.parent == server.id && span.attribute("db.query.text").contains(statement)
    })?;
    Ok([client, server, below])
}

fn is_whole(spans: &[Span], client_trace: &ClientTrace) -> Result<(), String> {
    for span in spans {
        let known =
            span.parent == client_trace.span || spans.iter().any(|other| other.id == span.parent);
        if !known {
            return Err(format!("no parent of {}", span.name));
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_order_is_one_trace_and_so_is_its_compensation() {
    let system = System::connect();
    let collector = require!(Collector::of_the_host());
    let purchase = Purchase::affordable(&system).await;
    let placing = ClientTrace::new();
    let placed: Order = purchase
        .customer
        .post("/api/orders")
        .header("traceparent", placing.parent())
        .header("tracestate", "shop=1")
        .header("prefer", "wait=20")
        .json(&purchase.body())
        .send()
        .await
        .status(201)
        .read();
    assert_eq!(placed.status, Status::Ready);
    let path = |step: &str| format!("{step}{}", placed.id);

    let spans = collector
        .trace(&placing.trace, |spans| {
            let root = find(spans, "request", |span| span.parent == placing.span)?;
            find(spans, "placing", |span| {
                span.parent == root.id && span.name == "SELECT place_order"
            })?;
            find(spans, "journal", |span| {
                span.parent == root.id && span.name == "SELECT record_transition"
            })?;
            call(
                spans,
                &Method::POST,
                "/internal/warehouse/quotes",
                "prices(",
            )?;
            for (step, statement, _) in STEPS {
                let [client, ..] = call(spans, &Method::PUT, &path(step), statement)?;
                assert_eq!((client.kind, &client.parent), (SpanKind::Client, &root.id));
            }
            is_whole(spans, &placing)
        })
        .await;
    let root = spans
        .iter()
        .find(|span| span.parent == placing.span)
        .expect("the request");
    assert_eq!(
        (root.name.as_str(), root.kind),
        ("POST /api/orders/...", SpanKind::Server)
    );
    assert_eq!(root.attribute("http.response.status_code"), "201");
    for span in &spans {
        assert!(span.is_statement() || span.state == "shop=1", "{span:#?}");
        assert!(
            !span.attribute("db.query.text").contains("traceparent"),
            "{span:#?}"
        );
    }

    // The cancellation has its own trace; the compensations belong to the saga's.
    let cancelling = ClientTrace::new();
    purchase
        .customer
        .post(format!("/api/orders/{}/cancel", placed.id))
        .header("traceparent", cancelling.parent())
        .send()
        .await
        .status(200);
    let undone = purchase.customer.wait_for_end(placed.id).await;
    assert_eq!(undone.saga.state, SagaState::Compensated);
    collector
        .trace(&placing.trace, |spans| {
            for (step, _, statement) in STEPS {
                call(spans, &Method::DELETE, &path(step), statement)?;
            }
            is_whole(spans, &placing)
        })
        .await;
    let spans = collector
        .trace(&cancelling.trace, |spans| {
            find(spans, "cancelling", |span| {
                span.name == "SELECT cancel_order"
            })?;
            is_whole(spans, &cancelling)
        })
        .await;
    assert!(
        spans
            .iter()
            .all(|span| !span.attribute("url.path").starts_with("/internal/"))
    );
}

#[tokio::test]
async fn a_trace_that_is_not_recorded_is_in_the_log() {
    let system = System::connect();
    require!(HostLog::read());
    let client_trace = ClientTrace::new();
    let unrecorded = client_trace.parent().replace("-01", "-00");
    let purchase = Purchase::affordable(&system).await;
    let placed: Order = purchase
        .customer
        .post("/api/orders")
        .header("traceparent", unrecorded)
        .header("prefer", "wait=20")
        .json(&purchase.body())
        .send()
        .await
        .status(201)
        .read();
    // The host's output is written to its file with a delay.
    eventually(
        "every service has logged it",
        Duration::from_secs(10),
        || async {
            let lines = HostLog::read().expect("read before").lines();
            let of_order = lines.iter().filter(|line| {
                line["orderId"] == placed.id.to_string() && line["traceId"] == client_trace.trace
            });
            let mut services: Vec<_> = of_order
                .filter_map(|line| line["service"].as_str())
                .collect();
            services.sort_unstable();
            services.dedup();
            match services[..] {
                ["billing", "delivery", "order", "warehouse"] => Ok(()),
                _ => Err(format!("{services:?}")),
            }
        },
    )
    .await;
}
