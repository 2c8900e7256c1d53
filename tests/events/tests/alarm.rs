//! The broker runs short of memory, and reads nothing from those who publish.

use std::time::{Duration, Instant};

use events::load::{p95, place};
use events::reader::Reader;
use events::system::BrokerSystem;
use tokio::task::block_in_place;
use tokio::time::sleep;

const ORDERS: usize = 60;
/// More than twice the longest pause of a publisher.
const ALARM: Duration = Duration::from_secs(12);
/// Of two hosts, each with eight lanes at most.
const MOST_CONNECTIONS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_blocks_publishers_delays_no_order_and_loses_no_event() {
    let system = BrokerSystem::start(false).await.unwrap();
    let mut reader = Reader::default();
    let usual = p95(&place(&system.fixtures, ORDERS).await);
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;

    block_in_place(|| system.broker.raise_alarm()).unwrap();
    system.line.take_counts();
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    while start.elapsed() < ALARM {
        slowest = slowest.max(p95(&place(&system.fixtures, ORDERS).await));
        sleep(Duration::from_secs(1)).await;
    }
    let waiting = system.unpublished().await;
    let (made, held) = system.line.take_counts();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "an order's p95: {usual:?}, {slowest:?} under the alarm; {waiting} events waited; in {seconds:.0} s {made} \
         connections were made, {held} at the same time"
    );
    assert!(waiting >= 4 * ORDERS as i64, "{waiting} events wait");
    assert!(
        slowest < usual * 2 + Duration::from_secs(1),
        "orders wait for a broker that reads nothing"
    );
    assert!(held <= MOST_CONNECTIONS, "{held} connections");

    block_in_place(|| system.broker.end_alarm()).unwrap();
    reader.read(&system.delivered().await.unwrap());
    reader.assert_complete(&system.databases).await;
    println!("{} repeats", reader.repeats);
    assert_eq!(system.system.component_failures().unwrap(), [""; 0]);
}
