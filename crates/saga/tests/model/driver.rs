//! A driver of the saga: it decides, writes, and only then acts.

use saga::{Action, Call, Saga, Transition};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Driver {
    /// The epoch of the lease under which it writes.
    pub epoch: u8,
    /// The saga as it last read or wrote it.
    pub saga: Saga,
    pub doing: Doing,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    /// It has the lease, and has written nothing yet.
    Claiming,
    /// It has written that this call is sent, and has not sent it yet.
    Sending(Call),
    Awaiting(Call),
    Waiting(saga::Millis),
}

impl Driver {
    /// The driver after it wrote `transition`; `None` when nothing is left to do.
    pub fn after(epoch: u8, transition: &Transition, saga: Saga) -> Option<Self> {
        let doing = match transition.action.clone() {
            Action::Call(call) => Doing::Sending(call),
            Action::WaitUntil(until) => Doing::Waiting(until),
            Action::AwaitOutcome | Action::End => return None,
        };
        Some(Self { epoch, saga, doing })
    }
}
