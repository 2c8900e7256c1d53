//! The faults of a call.

use std::time::Duration;

use super::Gate;

#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// The connection is cut before the call arrives.
    Refused,
    /// It arrives, and the connection is cut before the answer does.
    AnswerLost,
    /// This status is answered. With `arrives`, the participant has done it.
    Status {
        code: u16,
        arrives: bool,
    },
    /// This status is answered with a body that is no JSON. With `arrives`, the participant has done it.
    Garbage {
        code: u16,
        arrives: bool,
    },
    /// It arrives after this delay, when the caller has given up.
    Slow(Duration),
    /// It arrives, is answered, and arrives again.
    Twice,
    /// It arrives twice at the same time.
    TwiceAtOnce,
    /// It is forwarded, and a copy is kept for [`Proxy::deliver_copies`](super::Proxy::deliver_copies).
    Copied,
    /// It waits at the gate. With `arrives`, its answer does.
    Held {
        gate: Gate,
        arrives: bool,
    },
}
