//! How patient a saga is.

use crate::Millis;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long after the order was placed an unknown outcome turns the saga back.
    pub deadline: Millis,
    /// How long to wait after the first failure of a call; every further one doubles it.
    pub backoff: Millis,
    /// The longest wait after a failure.
    pub backoff_cap: Millis,
    /// A compensation that has failed this often shows its saga as stuck.
    pub stuck_after: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            deadline: 300_000,
            backoff: 200,
            backoff_cap: 60_000,
            stuck_after: 10,
        }
    }
}
