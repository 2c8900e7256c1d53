//! What the cases run on.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::fault_plans::FaultPlans;
use crate::order_watcher::OrderWatcher;
use crate::system::{Recovery, SystemConfig, TestSystem, Variable};

/// Short, so that the cases end quickly. After the sixth failure in a row the backoff exceeds the time for which
/// a driver keeps a waiting saga in memory, so both kinds of waiting are tested.
const VARIABLES: [Variable; 6] = [
    ("saga_call_timeout_ms", "1000"),
    ("saga_lease_ms", "4000"),
    ("saga_deadline_ms", "90000"),
    ("saga_backoff_ms", "50"),
    ("saga_backoff_cap_ms", "1500"),
    ("saga_stuck_after", "3"),
];
/// For orders one of whose steps is never answered.
const SHORT_DEADLINE: [Variable; 1] = [("saga_deadline_ms", "6000")];

/// Longer than any case takes on a slow machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The test system with what observes and drives it.
pub(super) struct MatrixContext {
    // Dropped in this order: the first two use the system.
    pub watcher: OrderWatcher,
    pub recovery: Recovery,
    pub system: TestSystem,
    pub plans: Arc<FaultPlans>,
}

impl MatrixContext {
    pub async fn start() -> Result<Self> {
        let plans = Arc::new(FaultPlans::default());
        let config = SystemConfig {
            variables: &VARIABLES,
            second: &SHORT_DEADLINE,
            participants: &[1],
        };
        let system = TestSystem::start(&config, Arc::clone(&plans) as _).await?;
        Ok(Self {
            watcher: OrderWatcher::start().await,
            recovery: Recovery::start(&system, 0, Duration::from_millis(300)),
            system,
            plans,
        })
    }
}
