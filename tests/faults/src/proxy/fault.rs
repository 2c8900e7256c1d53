//! What can happen to a call on its way.

use std::time::Duration;

use super::Gate;

#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// The connection is cut before the call arrives.
    Refused,
    /// It arrives, and the connection is cut before the answer does.
    AnswerLost,
    /// This status is answered instead; with `arrives`, by a participant that has done it all the same.
    Status {
        code: u16,
        arrives: bool,
    },
    /// This status is answered with a body that is no JSON.
    Garbage {
        code: u16,
        arrives: bool,
    },
    /// It arrives only after this time; the caller has given up by then, and nobody hears the answer.
    Slow(Duration),
    /// It arrives, is answered, and arrives again.
    Twice,
    /// It arrives twice at the same time.
    TwiceAtOnce,
    /// A copy of it is kept, to be delivered by [`Proxy::deliver_kept`](super::Proxy::deliver_kept).
    Kept,
    /// It waits at the gate: with `arrives`, its answer does.
    Held {
        gate: Gate,
        arrives: bool,
    },
}
