//! The broker's answers are held, and the hosts are killed while they publish.

use std::time::Duration;

use events::load::{p95, place};
use events::reader::Reader;
use events::system::BrokerSystem;
use tokio::time::sleep;

const ORDERS: usize = 40;
/// Longer than a publisher waits for an acknowledgement.
const SLOW: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_broker_and_killed_hosts_lose_no_event() {
    let system = BrokerSystem::start(false).await.unwrap();
    let mut reader = Reader::default();
    let usual = p95(&place(&system.fixtures, ORDERS).await);
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;

    // The broker takes events and its acknowledgements are lost, so they are all repeated.
    system.line.hold_answers();
    let (slow, ()) = tokio::join!(place(&system.fixtures, ORDERS), sleep(SLOW));
    let slow = p95(&slow);
    assert!(system.unpublished().await > 0);
    system.line.release_answers();
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;
    let repeats = reader.repeats;
    println!("an order's p95: {usual:?}, {slow:?} while the broker was silent; {repeats} repeats");
    assert!(repeats > 0, "unacknowledged events are repeated");
    assert!(
        slow < usual * 2 + Duration::from_millis(250),
        "orders wait for a slow broker"
    );

    // Events accumulate, and the hosts are killed as soon as they begin to publish them.
    for host in [0, 1] {
        system.line.hold_answers();
        place(&system.fixtures, ORDERS).await;
        let waiting = system.unpublished().await;
        system.line.release_answers();
        let started = || async {
            match system.unpublished().await {
                left if left < waiting => Ok(()),
                left => Err(format!("{left} wait")),
            }
        };
        harness::eventually::eventually("publishing begins", Duration::from_secs(20), started)
            .await;
        for host in [host, 1 - host] {
            system.system.hosts[host].kill().await.unwrap();
        }
        let left = system.unpublished().await;
        println!("both hosts were killed when {left} of {waiting} events were left");
        for host in &system.system.hosts {
            host.start().await.unwrap();
        }
    }
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;
    assert_eq!(system.system.component_failures().unwrap(), [""; 0]);
}
