//! A call of a saga's step.

use std::fmt;

use bytes::Bytes;
use http::Method;
use uuid::Uuid;

/// A participant of the saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Participant {
    Billing,
    Warehouse,
    Delivery,
}

impl Participant {
    /// In the order of the saga's steps.
    pub const ALL: [Self; 3] = [Self::Billing, Self::Warehouse, Self::Delivery];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Warehouse => "warehouse",
            Self::Delivery => "delivery",
        }
    }

    /// The step's name in the journal.
    pub const fn step(self) -> &'static str {
        match self {
            Self::Billing => "CHARGE",
            Self::Warehouse => "RESERVE_ITEMS",
            Self::Delivery => "RESERVE_COURIER",
        }
    }

    const fn resource(self) -> &'static str {
        match self {
            Self::Billing => "charges",
            Self::Warehouse | Self::Delivery => "reservations",
        }
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The method of a call: PUT does the step, DELETE undoes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    Put,
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        })
    }
}

/// A call of a step that the proxy has received.
#[derive(Clone, Debug)]
pub struct StepCall {
    pub participant: Participant,
    pub verb: Verb,
    pub order: Uuid,
    /// How many calls of this order with this verb the proxy has received, including this one.
    pub attempt: u32,
    pub body: Bytes,
}

/// The verb and the order, when this is a call of the participant's step.
pub(super) fn step_of(
    participant: Participant,
    method: &Method,
    path: &str,
) -> Option<(Verb, Uuid)> {
    let verb = match *method {
        Method::PUT => Verb::Put,
        Method::DELETE => Verb::Delete,
        _ => return None,
    };
    let rest = path
        .strip_prefix("/internal/")?
        .strip_prefix(participant.name())?;
    let order = rest
        .strip_prefix('/')?
        .strip_prefix(participant.resource())?
        .strip_prefix('/')?;
    Some((verb, order.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_participants_own_steps_are_steps() {
        let order = Uuid::now_v7();
        let path = format!("/internal/warehouse/reservations/{order}");
        let step = |participant, method, path: &str| step_of(participant, &method, path);
        assert_eq!(
            step(Participant::Warehouse, Method::PUT, &path),
            Some((Verb::Put, order))
        );
        assert_eq!(
            step(Participant::Warehouse, Method::DELETE, &path),
            Some((Verb::Delete, order))
        );
        assert_eq!(step(Participant::Warehouse, Method::GET, &path), None);
        assert_eq!(step(Participant::Delivery, Method::PUT, &path), None);
        let quotes = "/internal/warehouse/quotes";
        assert_eq!(step(Participant::Warehouse, Method::PUT, quotes), None);
    }
}
