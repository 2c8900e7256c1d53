//! Definitions of one to five steps.

use saga::{SagaDefinition, StepDefinition};

/// The most steps that the tests use.
pub const MOST: usize = 5;

const fn step(name: &'static str, participant: &'static str) -> StepDefinition {
    StepDefinition {
        name,
        participant,
        refused: "STEP_FAILED",
        data: (),
    }
}

static STEPS: [StepDefinition; MOST] = [
    step("PAY", "bank"),
    step("PACK", "store"),
    step("SHIP", "carrier"),
    step("INSURE", "insurer"),
    step("NOTIFY", "post"),
];

static DEFINITIONS: [SagaDefinition; MOST] = [
    SagaDefinition::new(1, STEPS.split_at(1).0),
    SagaDefinition::new(1, STEPS.split_at(2).0),
    SagaDefinition::new(1, STEPS.split_at(3).0),
    SagaDefinition::new(1, STEPS.split_at(4).0),
    SagaDefinition::new(1, &STEPS),
];

/// The definition of so many steps, one to five.
pub fn definition(steps: usize) -> &'static SagaDefinition {
    &DEFINITIONS[steps - 1]
}
