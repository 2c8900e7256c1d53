//! Who drives a saga, or publishes events, and for how long.

use uuid::Uuid;

/// A lease that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    pub owner: Uuid,
    pub duration_ms: i32,
}

impl Lease {
    /// A lease for a new owner.
    pub fn new(duration_ms: i32) -> Self {
        Self {
            owner: Uuid::now_v7(),
            duration_ms,
        }
    }
}
