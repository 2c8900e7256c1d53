//! How long a saga waits, and for what.

use crate::Millis;

/// The times of a saga, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long after the start a step may be without an answer; then the saga is undone.
    pub deadline: Millis,
    /// The wait after the first failure of a call; each further failure doubles it.
    pub backoff: Millis,
    /// The longest wait after a failure.
    pub backoff_cap: Millis,
    /// From so many failures of one undo on, the saga's state is `STUCK`.
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
