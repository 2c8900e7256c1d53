//! What may go wrong, and which rule is left out on purpose.

/// How often each fault may happen, at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Faults {
    /// Requests and answers that never arrive.
    pub lost: u8,
    /// Requests that arrive once more.
    pub repeated: u8,
    /// Calls that time out though the answer would still arrive.
    pub timeouts: u8,
    /// Drivers that die.
    pub crashes: u8,
    /// Leases that run out though their driver lives and goes on later.
    pub pauses: u8,
    /// Calls that a participant refuses.
    pub refusals: u8,
    /// Cancellations.
    pub cancels: u8,
    /// 1 when the saga's deadline may pass at any moment.
    pub deadline: u8,
}

impl Faults {
    pub const NONE: Self = Self {
        lost: 0,
        repeated: 0,
        timeouts: 0,
        crashes: 0,
        pauses: 0,
        refusals: 0,
        cancels: 0,
        deadline: 0,
    };
}

/// A rule that is left out, to see that the check finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Tombstone,
    EpochTest,
    UndoOfUnknown,
    UndoOfRefused,
}
