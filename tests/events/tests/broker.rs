//! The broker is not running when the hosts start, is started, and is killed twice while orders are placed.

use std::time::Duration;

use events::load::{p95, place};
use events::reader::Reader;
use events::system::BrokerSystem;
use tokio::time::sleep;

const ORDERS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_started_delays_no_order_and_loses_no_event() {
    let mut system = BrokerSystem::start(true).await.unwrap();
    let mut reader = Reader::default();

    let without = p95(&place(&system.fixtures, ORDERS).await);
    let waiting = system.unpublished().await;
    assert!(waiting >= 4 * ORDERS as i64, "{waiting} events wait");

    system.start_broker().unwrap();
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;
    println!(
        "{waiting} events waited for a broker; {} repeats",
        reader.repeats
    );

    // While the broker was starting, a publish may have timed out and been repeated.
    let repeats = reader.repeats;
    let with = p95(&place(&system.fixtures, ORDERS).await);
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;
    assert_eq!(
        reader.repeats, repeats,
        "no event is repeated while nothing fails"
    );

    let fixtures = &system.fixtures;
    let broker = &mut system.broker;
    let kills = async {
        for _ in 0..2 {
            sleep(Duration::from_millis(700)).await;
            tokio::task::block_in_place(|| broker.kill()).unwrap();
            sleep(Duration::from_millis(700)).await;
            tokio::task::block_in_place(|| broker.start()).unwrap();
        }
    };
    let (times, ()) = tokio::join!(place(fixtures, 6 * ORDERS), kills);
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;
    let killed = p95(&times);
    println!(
        "an order's p95: {with:?} with a broker, {without:?} without, {killed:?} while it was killed twice; \
         {} repeats",
        reader.repeats
    );
    // The broker uses less of the processors while it is dead, and more while it starts.
    assert!(
        without < with * 2 + Duration::from_millis(250),
        "orders wait for a dead broker"
    );
    assert!(
        killed < with * 4 + Duration::from_millis(500),
        "orders wait for a broker that starts"
    );
    assert_eq!(system.system.component_failures().unwrap(), [""; 0]);
}
