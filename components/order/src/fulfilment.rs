//! The saga of an order: its steps, as data. Everything else about them is derived from here: the calls,
//! the statuses, the reasons, the API document, the metrics' labels. `docs/add-a-step.md` shows how to
//! add a step.
//!
//! ```text
//!                    order status                   participant   PUT                  DELETE
//! POST /api/orders   PENDING
//!   CHARGE           AWAITING_PAYMENT               billing       charge               refund
//!   RESERVE_ITEMS    AWAITING_ITEM_RESERVATION      warehouse     reserve the items    release them
//!   RESERVE_COURIER  AWAITING_COURIER_RESERVATION   delivery      reserve a courier    release the courier
//! all done           READY
//! refused, silent until the deadline, or cancelled:
//!                    CANCELLED, and the DELETE of every step whose PUT was ever sent, the last one first
//! ```

use saga::{Saga, SagaDefinition, StepDefinition, StepName};
use service::web::language::Language;

use crate::participants::{Participant, billing, delivery, warehouse};

/// What the saga's driver and the API need to know of a step.
pub struct OrderStep {
    /// The status of the order while the step runs.
    pub status: Term,
    /// The message of the cancellation when the step is refused.
    pub refused: Text,
    /// What is sent, and what counts as an answer.
    pub participant: &'static Participant,
}

/// A code, with its label.
pub struct Term {
    pub code: &'static str,
    pub label: Text,
}

/// A text in each language.
pub struct Text {
    pub russian: &'static str,
    pub english: &'static str,
}

impl Text {
    pub const fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::Russian => self.russian,
            Language::English => self.english,
        }
    }
}

static STEPS: [StepDefinition<OrderStep>; 3] = [
    StepDefinition {
        name: "CHARGE",
        participant: "billing",
        refused: "PAYMENT_FAILED",
        data: OrderStep {
            status: Term {
                code: "AWAITING_PAYMENT",
                label: Text {
                    russian: "Ожидание оплаты",
                    english: "Awaiting payment",
                },
            },
            refused: Text {
                russian: "Не удалось списать средства",
                english: "Could not charge the wallet",
            },
            participant: &billing::CHARGE,
        },
    },
    StepDefinition {
        name: "RESERVE_ITEMS",
        participant: "warehouse",
        refused: "ITEM_RESERVATION_FAILED",
        data: OrderStep {
            status: Term {
                code: "AWAITING_ITEM_RESERVATION",
                label: Text {
                    russian: "Ожидание резервирования товаров",
                    english: "Awaiting item reservation",
                },
            },
            refused: Text {
                russian: "Не удалось зарезервировать товары",
                english: "Could not reserve the items",
            },
            participant: &warehouse::RESERVATION,
        },
    },
    StepDefinition {
        name: "RESERVE_COURIER",
        participant: "delivery",
        refused: "COURIER_RESERVATION_FAILED",
        data: OrderStep {
            status: Term {
                code: "AWAITING_COURIER_RESERVATION",
                label: Text {
                    russian: "Ожидание резервирования курьера",
                    english: "Awaiting courier reservation",
                },
            },
            refused: Text {
                russian: "Не удалось зарезервировать курьера",
                english: "Could not reserve a courier",
            },
            participant: &delivery::RESERVATION,
        },
    },
];

/// The definition of new sagas. Version 2 has the steps of version 1, and other names of journal entries.
pub static FULFILMENT: SagaDefinition<OrderStep> = SagaDefinition::new(2, &STEPS);

/// Definitions with other steps, whose sagas this build finishes.
static OLDER: [&SagaDefinition<OrderStep>; 0] = [];

/// The status before the first step.
pub static PENDING: Term = Term {
    code: "PENDING",
    label: Text {
        russian: "Ожидание",
        english: "Pending",
    },
};

/// The status when every step is done.
pub static READY: Term = Term {
    code: "READY",
    label: Text {
        russian: "Готов",
        english: "Ready",
    },
};

/// The status from the refusal or the cancellation on.
pub static CANCELLED: Term = Term {
    code: "CANCELLED",
    label: Text {
        russian: "Отменен",
        english: "Cancelled",
    },
};

/// The reason when the customer cancels.
pub static CANCELLED_BY_USER: Term = Term {
    code: "CANCELLED_BY_USER",
    label: Text {
        russian: "Отменено покупателем",
        english: "Cancelled by the customer",
    },
};

/// The reason when the shop cancels; why, is in its detail.
pub static CANCELLED_BY_SHOP: Term = Term {
    code: "CANCELLED_BY_SHOP",
    label: Text {
        russian: "Отменено магазином",
        english: "Cancelled by the shop",
    },
};

/// The definitions whose sagas this build drives, the present one first.
fn definitions() -> impl Iterator<Item = &'static SagaDefinition<OrderStep>> {
    [&FULFILMENT].into_iter().chain(OLDER.iter().copied())
}

/// Every status of an order, in the order in which they come.
pub fn statuses() -> impl Iterator<Item = &'static Term> {
    [&PENDING]
        .into_iter()
        .chain(STEPS.iter().map(|step| &step.data.status))
        .chain([&READY, &CANCELLED])
}

/// Every reason for a cancellation: its code and its message.
pub fn reasons() -> impl Iterator<Item = (&'static str, &'static Text)> {
    STEPS
        .iter()
        .map(|step| (step.refused, &step.data.refused))
        .chain([&CANCELLED_BY_USER, &CANCELLED_BY_SHOP].map(|reason| (reason.code, &reason.label)))
}

/// The label of a status, of whichever definition.
pub fn status_label(code: &str) -> Option<&'static Text> {
    let of_steps = definitions().flat_map(|definition| definition.steps());
    statuses()
        .chain(of_steps.map(|step| &step.data.status))
        .find_map(|status| (status.code == code).then_some(&status.label))
}

/// The message of a cancellation, of whichever definition.
pub fn reason_message(code: &str) -> Option<&'static Text> {
    let of_steps = definitions().flat_map(|definition| definition.steps());
    reasons()
        .chain(of_steps.map(|step| (step.refused, &step.data.refused)))
        .find_map(|(reason, message)| (reason == code).then_some(message))
}

/// The step of this name, of whichever definition.
pub fn step(name: &StepName) -> Option<&'static StepDefinition<OrderStep>> {
    definitions().find_map(|definition| definition.step(name))
}

/// Why a saga's state is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("a newer build wrote it (definition {found}, this build knows {known})")]
    Newer { found: i32, known: i32 },
    #[error("its state cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("its steps are of no definition that this build knows")]
    OtherSteps,
}

/// Reads a saga's state, which a build of definition `version` wrote. One with the steps of the present
/// definition goes on under that one.
pub fn read_saga(version: i32, state: serde_json::Value) -> Result<Saga, Unreadable> {
    if version > FULFILMENT.version() {
        return Err(Unreadable::Newer {
            found: version,
            known: FULFILMENT.version(),
        });
    }
    let mut saga: Saga = serde_json::from_value(state)?;
    if saga.has_steps_of(&FULFILMENT) {
        saga.definition = FULFILMENT.version();
    }
    match definition_of(&saga) {
        Some(_) => Ok(saga),
        None => Err(Unreadable::OtherSteps),
    }
}

/// The definition of a saga that [`read_saga`] returned.
pub fn definition_of(saga: &Saga) -> Option<&'static SagaDefinition<OrderStep>> {
    definitions()
        .find(|definition| definition.version() == saga.definition && saga.has_steps_of(definition))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use saga::{Policy, start};

    use super::*;

    #[test]
    fn a_participant_is_named_as_its_service() {
        for step in FULFILMENT.steps() {
            assert_eq!(step.participant, step.data.participant.service.name());
        }
    }

    #[test]
    fn codes_differ() {
        let codes: Vec<_> = statuses().map(|status| status.code).collect();
        let different: BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), codes.len());
        let codes: Vec<_> = reasons().map(|(code, _)| code).collect();
        let different: BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), codes.len());
    }

    #[test]
    fn a_saga_of_an_older_version_with_the_same_steps_goes_on_under_the_present_one() {
        let mut saga = start(&FULFILMENT, &Policy::default(), 1).saga;
        saga.definition = 1;
        let state = serde_json::to_value(&saga).unwrap();
        assert_eq!(
            read_saga(1, state).unwrap().definition,
            FULFILMENT.version()
        );
    }

    #[test]
    fn what_this_build_does_not_know_is_an_error() {
        let saga = start(&FULFILMENT, &Policy::default(), 1).saga;
        let state = serde_json::to_value(&saga).unwrap();
        let newer = read_saga(FULFILMENT.version() + 1, state.clone());
        assert!(matches!(newer, Err(Unreadable::Newer { .. })));
        let malformed = read_saga(1, serde_json::json!({}));
        assert!(matches!(malformed, Err(Unreadable::Malformed(_))));
        let mut other = state;
        other["steps"][1]["name"] = "FLY".into();
        let other = read_saga(2, other);
        assert!(matches!(other, Err(Unreadable::OtherSteps)));
    }
}
