//! The faults of the matrix, a column each.

use crate::proxy::{Fault, Gate};

use super::SLOW;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Refused,
    AnswerLost,
    /// Not done, or done all the same.
    Failed {
        arrives: bool,
    },
    TooManyRequests,
    Unavailable,
    Garbage {
        arrives: bool,
    },
    /// A conflict that no participant has answered.
    ForeignConflict,
    Slow,
    Twice,
    TwiceAtOnce,
    AgainLater,
    /// The host that drives the saga is killed while the call is on its way, or its answer.
    Killed {
        arrived: bool,
    },
    /// It is killed when it has the answer and waits for its journal; nothing is written.
    KilledBeforeJournal,
    /// The same, but the database carries the dead driver's statement out.
    KilledDuringJournal,
    /// It stands still until another has finished the saga, and goes on.
    Paused,
    /// The call, or its answer, is on its way when the customer cancels.
    CancelMeets {
        arrived: bool,
    },
}

impl Column {
    /// What befalls a single call, without anybody being killed.
    pub const ON_THE_WAY: [Self; 13] = [
        Self::Refused,
        Self::AnswerLost,
        Self::Failed { arrives: false },
        Self::Failed { arrives: true },
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Garbage { arrives: false },
        Self::Garbage { arrives: true },
        Self::ForeignConflict,
        Self::Slow,
        Self::Twice,
        Self::TwiceAtOnce,
        Self::AgainLater,
    ];

    /// What can befall every attempt of a call, so that it never gets a good answer.
    pub const FOR_GOOD: [Self; 10] = [
        Self::Refused,
        Self::AnswerLost,
        Self::Failed { arrives: false },
        Self::Failed { arrives: true },
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Garbage { arrives: false },
        Self::Garbage { arrives: true },
        Self::ForeignConflict,
        Self::Slow,
    ];

    pub const CANCEL_MEETS: [Self; 2] = [
        Self::CancelMeets { arrived: false },
        Self::CancelMeets { arrived: true },
    ];

    /// Those that need a host to die; each group shares one death.
    pub const KILLS: [&'static [Self]; 4] = [
        &[
            Self::Killed { arrived: false },
            Self::Killed { arrived: true },
        ],
        &[Self::KilledBeforeJournal],
        &[Self::KilledDuringJournal],
        &[Self::Paused],
    ];

    /// The head of the column, at most eight characters wide, and what it stands for.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => ("refused", "the connection is cut before the call arrives"),
            Self::AnswerLost => (
                "lost",
                "it arrives, and the connection is cut before the answer does",
            ),
            Self::Failed { arrives: false } => ("500", "500, and it was not done"),
            Self::Failed { arrives: true } => ("500done", "500, and it was done all the same"),
            Self::TooManyRequests => ("429", "429"),
            Self::Unavailable => ("503", "503"),
            Self::Garbage { arrives: false } => {
                ("garbage", "200 with garbage, and it was not done")
            }
            Self::Garbage { arrives: true } => ("garbdone", "200 with garbage, and it was done"),
            Self::ForeignConflict => ("409garb", "409 with garbage, and it was done"),
            Self::Slow => (
                "slow",
                "it arrives after the caller has given up, and is done then",
            ),
            Self::Twice => ("twice", "it arrives twice, one after the other"),
            Self::TwiceAtOnce => ("at once", "it arrives twice at the same time"),
            Self::AgainLater => (
                "later",
                "it arrives again when the saga has ended and nothing stands in its way any more",
            ),
            Self::Killed { arrived: false } => (
                "k.before",
                "the driver is killed before the call arrives, which it never does",
            ),
            Self::Killed { arrived: true } => (
                "k.after",
                "the driver is killed when the call is done and the answer on its way",
            ),
            Self::KilledBeforeJournal => (
                "k.unwrit",
                "the driver is killed when it has the answer, before its journal write",
            ),
            Self::KilledDuringJournal => (
                "k.writes",
                "the driver is killed, and the database carries its journal write out",
            ),
            Self::Paused => (
                "paused",
                "the driver stands still, another takes over and ends the saga, the driver goes on",
            ),
            Self::CancelMeets { arrived: false } => (
                "call",
                "cancelled while the call is on its way; it arrives after the undoing",
            ),
            Self::CancelMeets { arrived: true } => {
                ("answer", "cancelled while the answer is on its way")
            }
        }
    }

    /// What the proxy does. The calls of gated columns wait at `gate`.
    pub fn fault(self, gate: &Gate) -> Fault {
        let held = |arrives| Fault::Held {
            gate: gate.clone(),
            arrives,
        };
        match self {
            Self::Refused => Fault::Refused,
            Self::AnswerLost => Fault::AnswerLost,
            Self::Failed { arrives } => Fault::Status { code: 500, arrives },
            Self::TooManyRequests => Fault::Status {
                code: 429,
                arrives: false,
            },
            Self::Unavailable => Fault::Status {
                code: 503,
                arrives: false,
            },
            Self::Garbage { arrives } => Fault::Garbage { code: 200, arrives },
            Self::ForeignConflict => Fault::Garbage {
                code: 409,
                arrives: true,
            },
            Self::Slow => Fault::Slow(SLOW),
            Self::Twice => Fault::Twice,
            Self::TwiceAtOnce => Fault::TwiceAtOnce,
            Self::AgainLater => Fault::Kept,
            Self::Killed { arrived } | Self::CancelMeets { arrived } => held(arrived),
            Self::KilledBeforeJournal | Self::KilledDuringJournal => held(true),
            Self::Paused => held(false),
        }
    }
}
