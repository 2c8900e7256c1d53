//! Waiting for the turn to make a password hash.

use std::time::{Duration, Instant};

use service::Problem;

use crate::{domain::hash_queue::Turn, state::Auth};

/// How long a request waits for its turn, and how often it asks.
const PATIENCE: Duration = Duration::from_secs(5);
const INTERVAL: Duration = Duration::from_millis(10);

/// Fails with 503 when too many requests wait for a hash, before anything is counted or asked.
pub fn check_queue(auth: &Auth) -> Result<(), Problem> {
    auth.hash_queue().enter().map(drop).ok_or_else(busy)
}

/// Waits for the turn to make a hash. Fails with 503 when too many wait, or when it takes too long.
pub async fn hash_turn(auth: &Auth) -> Result<Turn, Problem> {
    let mut place = auth.hash_queue().enter().ok_or_else(busy)?;
    let mut waited = Duration::ZERO;
    loop {
        place = match place.take_turn(Instant::now()) {
            Ok(turn) => return Ok(turn),
            Err(_) if waited >= PATIENCE => return Err(busy()),
            Err(place) => place,
        };
        spin_sdk::time::sleep(INTERVAL).await;
        waited += INTERVAL;
    }
}

fn busy() -> Problem {
    Problem::unavailable(
        "TOO_BUSY",
        "Too many passwords are being checked at present; try again soon.",
        1,
    )
}
