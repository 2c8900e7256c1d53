//! A saga keeps its trace when its driver is killed and another claims it.

use std::time::{Duration, SystemTime};

use harness::{
    collector::{ClientTrace, Collector, SpanKind},
    control::Control,
    customer::Customer,
    database_lockout::DatabaseLockout,
    databases::Service,
    eventually::eventually,
    host_log::HostLog,
    order::{Order, Status},
    purchase::Purchase,
    require,
    system::System,
};

/// The lease of a killed driver runs out within 15 s.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn recovery_continues_the_sagas_trace() {
    let control = require!(Control::get());
    let collector = require!(Collector::of_the_host());
    require!(HostLog::read());
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let client_trace = ClientTrace::new();
    // The saga waits for delivery when the host is killed.
    let call = purchase
        .customer
        .post("/api/orders")
        .header("traceparent", client_trace.parent());
    let lockout = DatabaseLockout::begin(Service::Delivery).await;
    let placed: Order = call.json(&purchase.body()).send().await.status(201).read();
    eventually("the saga waits for the courier", PATIENCE, || async {
        let order = purchase.customer.order(placed.id).await;
        match order.status {
            Status::AwaitingCourierReservation => Ok(()),
            _ => Err(format!("{order:#?}")),
        }
    })
    .await;
    control.kill_host().await;
    let killed = SystemTime::now();
    lockout.end().await;
    control.start_host().await;
    let system = System::connect();
    let customer = Customer {
        client: system.client.clone(),
        ..purchase.customer.clone()
    };
    eventually("the saga ends", PATIENCE, || async {
        system.recover().await;
        let order = customer.order(placed.id).await;
        match order.status {
            Status::Ready => Ok(()),
            _ => Err(format!("{order:#?}")),
        }
    })
    .await;

    let path = format!("/internal/delivery/reservations/{}", placed.id);
    collector
        .trace(&client_trace.trace, |spans| {
            let again = spans.iter().find(|span| {
                span.started > killed
                    && span.kind == SpanKind::Server
                    && span.attribute("url.path") == path
            });
            let again = again.ok_or("no call after the kill")?;
            let sent = spans
                .iter()
                .find(|span| span.id == again.parent)
                .ok_or("no caller")?;
            assert_eq!(
                (sent.kind, sent.attribute("faas.name")),
                (SpanKind::Client, "order")
            );
            let below = spans
                .iter()
                .any(|span| span.parent == again.id && span.is_statement());
            below.then_some(()).ok_or_else(|| "no statement".to_owned())
        })
        .await;
    let log = HostLog::read().expect("read before");
    let lines = log.lines();
    let logged: Vec<_> = lines
        .iter()
        .filter(|line| line["orderId"] == placed.id.to_string() && line["message"] == "saga")
        .collect();
    assert!(
        logged.iter().any(|line| line["epoch"].as_u64() >= Some(2)),
        "{logged:#?}"
    );
    assert!(
        logged
            .iter()
            .all(|line| line["traceId"] == client_trace.trace),
        "{logged:#?}"
    );
}
