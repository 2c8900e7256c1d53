//! How a saga goes apart from the fault.

use std::fmt;

use crate::proxy::{Participant, Verb};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    Succeeds,
    /// This participant refuses.
    FailsAt(Participant),
    /// The customer cancels when the order is READY.
    CancelledWhenReady,
    /// The customer cancels during this participant's PUT.
    CancelledDuring(Participant),
}

/// How an order must end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub status: &'static str,
    pub code: Option<&'static str>,
    pub detail: Option<String>,
}

impl Scenario {
    /// The calls of this scenario that no scenario listed before it has.
    pub fn calls(self) -> Vec<(Participant, Verb)> {
        let puts = |until: usize| {
            Participant::ALL
                .into_iter()
                .take(until)
                .map(|it| (it, Verb::Put))
        };
        let deletes = |from: usize| {
            Participant::ALL
                .into_iter()
                .take(from)
                .rev()
                .map(|it| (it, Verb::Delete))
        };
        match self {
            Self::Succeeds => puts(3).collect(),
            Self::FailsAt(participant) => {
                let count = place(participant) + 1;
                puts(count).chain(deletes(count)).collect()
            }
            Self::CancelledWhenReady => deletes(3).collect(),
            Self::CancelledDuring(participant) => vec![(participant, Verb::Put)],
        }
    }

    pub fn ending(self) -> Ending {
        match self {
            Self::Succeeds => Ending {
                status: "READY",
                code: None,
                detail: None,
            },
            Self::FailsAt(participant) => Ending::refused(participant, refusal(participant)),
            Self::CancelledWhenReady | Self::CancelledDuring(_) => Ending {
                status: "CANCELLED",
                code: Some("CANCELLED_BY_USER"),
                detail: None,
            },
        }
    }

    /// The participant whose refusal leaves only a tombstone.
    pub fn refuser(self) -> Option<Participant> {
        match self {
            Self::FailsAt(participant) => Some(participant),
            _ => None,
        }
    }
}

impl Ending {
    /// The participant refused, or did not answer until the deadline.
    pub fn refused(participant: Participant, why: &str) -> Self {
        let code = match participant {
            Participant::Billing => "PAYMENT_FAILED",
            Participant::Warehouse => "ITEM_RESERVATION_FAILED",
            Participant::Delivery => "COURIER_RESERVATION_FAILED",
        };
        Self {
            status: "CANCELLED",
            code: Some(code),
            detail: Some(format!("{participant}: {why}")),
        }
    }
}

fn refusal(participant: Participant) -> &'static str {
    match participant {
        Participant::Billing => "INSUFFICIENT_FUNDS",
        Participant::Warehouse => "OUT_OF_STOCK",
        Participant::Delivery => "NO_COURIER_AVAILABLE",
    }
}

fn place(participant: Participant) -> usize {
    match participant {
        Participant::Billing => 0,
        Participant::Warehouse => 1,
        Participant::Delivery => 2,
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeds => f.write_str("succeeds"),
            Self::FailsAt(participant) => write!(f, "{participant} refuses"),
            Self::CancelledWhenReady => f.write_str("cancelled when ready"),
            Self::CancelledDuring(_) => f.write_str("cancelled during PUT"),
        }
    }
}
