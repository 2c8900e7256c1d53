//! The broker's answers are held up, and the hosts are killed in the middle of publishing.

use std::time::Duration;

use events::load::{p95, place};
use events::scene::Scene;
use events::verdict::Reader;
use tokio::time::sleep;

const ORDERS: usize = 40;
/// Longer than a publisher waits for an acknowledgement.
const SLOW: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_broker_and_killed_hosts_lose_no_event() {
    let scene = Scene::set(false).await.unwrap();
    let mut reader = Reader::default();
    let usual = p95(&place(&scene.ground, ORDERS).await);
    reader.read(&scene.delivered().await.unwrap());
    reader.knows_everything(&scene.databases).await;

    // The broker takes events, and nobody hears it say so: they are all repeated.
    scene.line.hold_up();
    let (slow, ()) = tokio::join!(place(&scene.ground, ORDERS), sleep(SLOW));
    let slow = p95(&slow);
    assert!(scene.unpublished().await > 0);
    scene.line.let_through();
    reader.read(&scene.delivered().await.unwrap());
    reader.knows_everything(&scene.databases).await;
    let repeats = reader.repeats;
    println!("an order's p95: {usual:?}, {slow:?} while the broker was silent; {repeats} repeats");
    assert!(repeats > 0, "what was not acknowledged is repeated");
    assert!(
        slow < usual * 2 + Duration::from_millis(250),
        "orders wait for a slow broker"
    );

    // Events gather, and their publishers are killed as soon as they begin.
    for host in [0, 1] {
        scene.line.hold_up();
        place(&scene.ground, ORDERS).await;
        let waiting = scene.unpublished().await;
        scene.line.let_through();
        let started = || async {
            match scene.unpublished().await {
                left if left < waiting => Ok(()),
                left => Err(format!("{left} wait")),
            }
        };
        harness::eventually::eventually("publishing begins", Duration::from_secs(20), started)
            .await;
        for host in [host, 1 - host] {
            scene.rig.hosts[host].kill().await.unwrap();
        }
        let left = scene.unpublished().await;
        println!("both hosts were killed when {left} of {waiting} events were left");
        for host in &scene.rig.hosts {
            host.start().await.unwrap();
        }
    }
    reader.read(&scene.delivered().await.unwrap());
    reader.knows_everything(&scene.databases).await;
    assert_eq!(scene.rig.failures_of_components().unwrap(), [""; 0]);
}
