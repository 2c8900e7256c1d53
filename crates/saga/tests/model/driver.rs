//! Whoever drives the saga: it decides, writes, and only then acts.

use saga::{Call, Decision, Next, Saga};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Driver {
    /// The epoch of the lease under which it writes.
    pub epoch: u8,
    /// The saga as it last read or wrote it.
    pub saga: Saga,
    pub doing: Doing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    /// Has taken the lease, and written nothing yet.
    TakingOver,
    /// Has written that this call leaves, and not sent it yet.
    Sending(Call),
    Awaiting(Call),
    Waiting(saga::Millis),
}

impl Driver {
    /// The driver after it wrote `decision`; `None` when nothing is left to do.
    pub fn after(epoch: u8, decision: &Decision, saga: Saga) -> Option<Self> {
        let doing = match decision.next {
            Next::Call(call) => Doing::Sending(call),
            Next::Wait(until) => Doing::Waiting(until),
            Next::Answer | Next::Ended => return None,
        };
        Some(Self { epoch, saga, doing })
    }
}
