//! The turn to hash a password, which the database gives out.

use std::time::Duration;

use service::{Problem, telemetry::TaskContext};

/// Waits until the turn.
pub async fn wait_for_turn(milliseconds: u32) {
    if milliseconds > 0 {
        spin_sdk::time::sleep(Duration::from_millis(milliseconds.into())).await;
        TaskContext::wanted_wait_ended();
    }
}

/// 503, since the turn would be too late.
pub fn too_busy() -> Problem {
    Problem::unavailable(
        "TOO_BUSY",
        "Too many passwords are being checked at present; try again soon.",
        2,
    )
}
