//! A participant gives no answer, and the host has few connections to each database.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::{control::Control, invariants, purchase::Purchase, require, system::System};
use tokio::{net::TcpListener, time::sleep};

/// As the charts have it.
const POOL: &str = "20";
/// An instance each, which takes no further request and lives as long as it drives its saga.
const ORDERS: usize = 60;
const PACE: Duration = Duration::from_millis(200);
/// Within this time a request is answered that has nothing to do with the participant.
const QUICK: Duration = Duration::from_secs(4);
/// Longer than the backoff of a saga.
const PATIENCE: Duration = Duration::from_secs(90);

/// Takes connections and never answers, until the test ends.
async fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            connections.push(connection);
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn sagas_that_wait_for_a_silent_participant_hold_no_connection() {
    let control = require!(Control::of_local_host());
    let system = System::connect();
    let purchases = join_all((0..ORDERS).map(|_| Purchase::affordable(&system))).await;
    let delivery = silence().await;
    let changed = control
        .restart_host_with(&[
            ("delivery_url", &delivery),
            ("host.database-pool", POOL),
            ("host.max-instance-reuse-count", "1"),
        ])
        .await;

    let mut placed = Vec::new();
    for purchase in &purchases {
        placed.push(purchase.place().await.id);
        sleep(PACE).await;
    }
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    while start.elapsed() < Duration::from_secs(12) {
        for path in ["/api/orders/readyz", "/api/billing/readyz"] {
            let sent = Instant::now();
            system.client.get(path).send().await.status(200);
            slowest = slowest.max(sent.elapsed());
        }
        let sent = Instant::now();
        for (purchase, id) in purchases.iter().zip(&placed).step_by(9) {
            let shown = purchase.customer.get(format!("/api/orders/{id}"));
            shown.send().await.status(200);
        }
        slowest = slowest.max(sent.elapsed());
        sleep(Duration::from_millis(200)).await;
    }
    eprintln!("{ORDERS} sagas waited; the slowest request took {slowest:?}");
    assert!(slowest < QUICK, "{slowest:?}");
    changed.end().await;
    system.recover().await;
    invariants::assert_hold(&system, PATIENCE).await;
}
