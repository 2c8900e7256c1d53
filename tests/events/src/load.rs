//! Load: customers who place orders in parallel, and the latency of each order.

use std::time::{Duration, Instant};

use faults::fixtures::Fixtures;
use faults::proxy::Participant;
use faults::scenario::Scenario;
use futures::{StreamExt, stream};

/// How many orders are placed at the same time.
const PARALLEL: usize = 8;

/// Places `count` orders and waits for each to end. Every fourth is then cancelled, every seventh is refused.
/// Returns the sorted times from placing an order to its end.
pub async fn place(fixtures: &Fixtures, count: usize) -> Vec<Duration> {
    let placing = (0..count).map(|number| async move {
        let scenario = if number % 7 == 6 {
            Scenario::FailsAt(Participant::Delivery)
        } else {
            Scenario::Succeeds
        };
        let (customer, order) = fixtures.order(scenario).await;
        let start = Instant::now();
        let order = customer.place_and_wait(&order).await;
        let time = start.elapsed();
        if order.is_ready() && number % 4 == 3 {
            customer.cancel(order.id).await.status(200);
        }
        time
    });
    let placed = stream::iter(placing).buffer_unordered(PARALLEL);
    let mut times: Vec<Duration> = placed.collect().await;
    times.sort();
    times
}

/// The 95th percentile of sorted times.
pub fn p95(times: &[Duration]) -> Duration {
    times[(times.len() * 95).div_ceil(100) - 1]
}
