//! The faults of the matrix. Each is a column of its tables.

use std::time::Duration;

use super::database_fault::{DatabaseFault, Owner};
use crate::proxy::{Fault, Gate};

/// Longer than the call timeout.
const SLOW: Duration = Duration::from_millis(1_300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    Refused,
    AnswerLost,
    /// 500. With `arrives`, the participant has done it.
    Failed {
        arrives: bool,
    },
    TooManyRequests,
    Unavailable,
    Garbage {
        arrives: bool,
    },
    /// 409 with a body that is no problem of ours.
    ForeignConflict,
    Slow,
    Twice,
    TwiceAtOnce,
    AgainLater,
    /// The host that drives the saga is killed before the call arrives. With `arrived`, before the answer does.
    Killed {
        arrived: bool,
    },
    /// The host is killed after it has received the answer, before its journal write is carried out.
    KilledBeforeJournal,
    /// The same, but the database carries out the journal write after the host is dead.
    KilledDuringJournal,
    /// The host is paused until another has ended the saga, and then resumed.
    Paused,
    /// The customer cancels before the call arrives. With `arrived`, before the answer does.
    DuringCancellation {
        arrived: bool,
    },
    /// A fault of a database at the statement of the call, or at the journal write after it.
    Database {
        owner: Owner,
        fault: DatabaseFault,
    },
}

impl InjectedFault {
    /// Faults of a single call, with no host killed.
    pub const ONCE: [Self; 13] = [
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

    /// Faults of every attempt of a call, so that it never gets a good answer: those of [`Self::ONCE`] but for the
    /// repetitions, which are its last three.
    pub const PERMANENT: &[Self] = Self::ONCE.split_at(10).0;

    pub const DURING_CANCELLATION: [Self; 2] = [
        Self::DuringCancellation { arrived: false },
        Self::DuringCancellation { arrived: true },
    ];

    /// Faults that need a host killed or paused. The faults of a group share one kill.
    pub const KILLS: [&'static [Self]; 4] = [
        &[
            Self::Killed { arrived: false },
            Self::Killed { arrived: true },
        ],
        &[Self::KilledBeforeJournal],
        &[Self::KilledDuringJournal],
        &[Self::Paused],
    ];

    /// The title of its column, at most eight characters, and a description.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => ("refused", "the connection is cut before the call arrives"),
            Self::AnswerLost => (
                "lost",
                "it arrives, and the connection is cut before the answer does",
            ),
            Self::Failed { arrives: false } => ("500", "500, and it was not done"),
            Self::Failed { arrives: true } => ("500done", "500, although it was done"),
            Self::TooManyRequests => ("429", "429"),
            Self::Unavailable => ("503", "503"),
            Self::Garbage { arrives: false } => {
                ("garbage", "200 with garbage, and it was not done")
            }
            Self::Garbage { arrives: true } => ("garbdone", "200 with garbage, and it was done"),
            Self::ForeignConflict => ("409garb", "409 with garbage, and it was done"),
            Self::Slow => ("slow", "it arrives after the caller has given up"),
            Self::Twice => ("twice", "it arrives twice, one after the other"),
            Self::TwiceAtOnce => ("at once", "it arrives twice at the same time"),
            Self::AgainLater => (
                "later",
                "a copy arrives when the saga has ended and nothing makes the participant refuse any more",
            ),
            Self::Killed { arrived: false } => (
                "k.before",
                "the driver is killed before the call arrives; the call is lost",
            ),
            Self::Killed { arrived: true } => (
                "k.after",
                "the driver is killed when the call is done, before the answer arrives",
            ),
            Self::KilledBeforeJournal => (
                "k.unwrit",
                "the driver is killed after the answer, before its journal write",
            ),
            Self::KilledDuringJournal => (
                "k.writes",
                "the driver is killed, and the database carries out its journal write",
            ),
            Self::Paused => (
                "paused",
                "the driver is paused, another claims and ends the saga, the driver is resumed",
            ),
            Self::DuringCancellation { arrived: false } => (
                "call",
                "cancelled before the call arrives; it arrives after the compensation",
            ),
            Self::DuringCancellation { arrived: true } => {
                ("answer", "cancelled before the answer arrives")
            }
            Self::Database { fault, .. } => fault.names(),
        }
    }

    /// What the proxy does. Calls that are held wait at `gate`.
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
            Self::AgainLater => Fault::Copied,
            Self::Killed { arrived } | Self::DuringCancellation { arrived } => held(arrived),
            Self::KilledBeforeJournal | Self::KilledDuringJournal => held(true),
            Self::Paused => held(false),
            // The call itself has none.
            Self::Database { .. } => Fault::None,
        }
    }
}
