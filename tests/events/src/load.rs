//! Customers who order side by side, and how long each waits.

use std::time::{Duration, Instant};

use faults::ground::Ground;
use faults::matrix::Course;
use faults::proxy::Participant;
use futures::{StreamExt, stream};

/// How many customers order at the same time.
const SIDE_BY_SIDE: usize = 8;

/// Places `count` orders and waits for each to end. Every fourth is then cancelled, every seventh fails by itself.
/// Gives the times from an order's placing to its end, in order of length.
pub async fn place(ground: &Ground, count: usize) -> Vec<Duration> {
    let placing = (0..count).map(|number| async move {
        let course = if number % 7 == 6 {
            Course::FailsAt(Participant::Delivery)
        } else {
            Course::Succeeds
        };
        let (customer, order) = ground.order(course).await;
        let start = Instant::now();
        let order = customer.place_and_wait(&order).await;
        let time = start.elapsed();
        if order.is_ready() && number % 4 == 3 {
            customer.cancel(order.id).await.status(200);
        }
        time
    });
    let placed = stream::iter(placing).buffer_unordered(SIDE_BY_SIDE);
    let mut times: Vec<Duration> = placed.collect().await;
    times.sort();
    times
}

/// The time that 95 % of these do not exceed.
pub fn p95(times: &[Duration]) -> Duration {
    times[(times.len() * 95).div_ceil(100) - 1]
}
