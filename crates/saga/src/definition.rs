//! The definition of a saga: its steps, as data.

use crate::StepName;

/// A step of a saga.
#[derive(Clone, Copy, Debug)]
pub struct StepDefinition<T = ()> {
    /// How the journal names the step.
    pub name: &'static str,
    /// The service that does the step. It stands in the detail of a refusal.
    pub participant: &'static str,
    /// The code of the reason when the step is refused, or has no answer before the deadline.
    pub refused: &'static str,
    /// What the driver needs to make the calls. The engine does not look at it.
    pub data: T,
}

impl<T> StepDefinition<T> {
    pub const fn name(&self) -> StepName {
        StepName::new(self.name)
    }
}

/// The steps of a saga, in the order in which they are done.
#[derive(Debug)]
pub struct SagaDefinition<T: 'static = ()> {
    version: i32,
    steps: &'static [StepDefinition<T>],
}

/// Why steps make no definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    #[error("a definition needs a version above zero")]
    Version,
    #[error("a definition needs a step")]
    NoSteps,
    #[error("a step needs a name")]
    NoName,
    #[error("two steps have the same name")]
    DuplicateName,
}

/// A saga is not of the definition that it was to be decided by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a saga of definition {saga} does not fit definition {definition}")]
pub struct DefinitionMismatch {
    pub saga: i32,
    pub definition: i32,
}

impl<T> SagaDefinition<T> {
    /// A definition for a `static`: there, a wrong one does not compile.
    ///
    /// # Panics
    ///
    /// When the steps make no definition; see [`DefinitionError`].
    #[expect(clippy::panic, reason = "in a static, it fails the build")]
    pub const fn new(version: i32, steps: &'static [StepDefinition<T>]) -> Self {
        match Self::checked(version, steps) {
            Ok(definition) => definition,
            Err(DefinitionError::Version) => panic!("a definition needs a version above zero"),
            Err(DefinitionError::NoSteps) => panic!("a definition needs a step"),
            Err(DefinitionError::NoName) => panic!("a step needs a name"),
            Err(DefinitionError::DuplicateName) => panic!("two steps have the same name"),
        }
    }

    /// A definition of one step or more, whose names differ.
    pub const fn checked(
        version: i32,
        steps: &'static [StepDefinition<T>],
    ) -> Result<Self, DefinitionError> {
        if version < 1 {
            return Err(DefinitionError::Version);
        }
        if steps.is_empty() {
            return Err(DefinitionError::NoSteps);
        }
        let mut rest = steps;
        while let Some((step, following)) = rest.split_first() {
            if step.name.is_empty() {
                return Err(DefinitionError::NoName);
            }
            if contains(following, step.name) {
                return Err(DefinitionError::DuplicateName);
            }
            rest = following;
        }
        Ok(Self { version, steps })
    }

    /// The version, which every state and journal entry of a saga names.
    pub const fn version(&self) -> i32 {
        self.version
    }

    /// The steps, in the order in which they are done.
    pub const fn steps(&self) -> &'static [StepDefinition<T>] {
        self.steps
    }

    pub fn step(&self, name: &StepName) -> Option<&'static StepDefinition<T>> {
        self.steps.iter().find(|step| *name == step.name)
    }
}

const fn contains<T>(steps: &[StepDefinition<T>], name: &str) -> bool {
    let mut rest = steps;
    while let Some((step, following)) = rest.split_first() {
        if same(step.name.as_bytes(), name.as_bytes()) {
            return true;
        }
        rest = following;
    }
    false
}

/// `==`, which a constant function cannot call.
const fn same(one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (one, other);
    while let (Some((first, more)), Some((second, others))) =
        (one.split_first(), other.split_first())
    {
        if *first != *second {
            return false;
        }
        (one, other) = (more, others);
    }
    one.is_empty() && other.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(name: &'static str) -> StepDefinition {
        StepDefinition {
            name,
            participant: "shop",
            refused: "FAILED",
            data: (),
        }
    }

    static GOOD: [StepDefinition; 3] = [step("PAY"), step("PACK"), step("PACKED")];
    static NAMELESS: [StepDefinition; 2] = [step("PAY"), step("")];
    static TWICE: [StepDefinition; 3] = [step("PAY"), step("PACK"), step("PAY")];
    static DEFINITION: SagaDefinition = SagaDefinition::new(3, &GOOD);

    #[test]
    fn a_definition_has_a_version_and_steps_with_names_that_differ() {
        let error = |version, steps| SagaDefinition::checked(version, steps).map(|_| ());
        assert_eq!(error(0, &GOOD), Err(DefinitionError::Version));
        assert_eq!(error(1, &[]), Err(DefinitionError::NoSteps));
        assert_eq!(error(1, &NAMELESS), Err(DefinitionError::NoName));
        assert_eq!(error(1, &TWICE), Err(DefinitionError::DuplicateName));
        assert_eq!(error(1, &GOOD), Ok(()));
    }

    #[test]
    fn a_step_is_found_by_its_name() {
        let found = DEFINITION.step(&StepName::new("PACK"));
        assert_eq!(found.map(|step| step.name), Some("PACK"));
        assert!(DEFINITION.step(&StepName::new("SHIP")).is_none());
    }
}
