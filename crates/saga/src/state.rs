//! The state of a saga.

use serde::{Deserialize, Serialize};

use crate::{Millis, Policy, SagaDefinition, Step, StepName, StepState, Undo};

/// Where a saga is heading, or where it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    Running,
    Compensating,
    Completed,
    Compensated,
}

/// The state of a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum SagaState {
    Running,
    Compensating,
    Completed,
    Compensated,
    /// An undo has failed so often that someone should look at it; it is still retried.
    Stuck,
}

/// A saga: the journal, folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saga {
    /// The version of its definition.
    pub definition: i32,
    pub phase: Phase,
    /// Spreads the retries.
    pub seed: u32,
    /// From here on, a step without an answer makes the saga undone.
    pub deadline: Millis,
    /// In the order of the definition.
    pub steps: Vec<Step>,
}

/// The step that a saga is busy with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentStep {
    pub step: StepName,
    /// How many calls were sent; of a saga that is being undone, how many undos.
    pub attempt: u32,
    /// When the next one is sent; `None` while one is under way.
    pub next_attempt_at: Option<Millis>,
    pub last_error: Option<String>,
}

impl Saga {
    pub(crate) fn new<T>(definition: &SagaDefinition<T>, seed: u32, deadline: Millis) -> Self {
        let steps = definition.steps().iter();
        Self {
            definition: definition.version(),
            phase: Phase::Running,
            seed,
            deadline,
            steps: steps.map(|step| Step::waiting(step.name())).collect(),
        }
    }

    /// Whether its steps are those of the definition, whatever the versions.
    pub fn has_steps_of<T>(&self, definition: &SagaDefinition<T>) -> bool {
        let names = definition.steps().iter().map(|step| step.name);
        names.eq(self.steps.iter().map(|step| step.name.as_str()))
    }

    /// The step of this name, if it has one.
    pub fn step(&self, name: &StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == *name)
    }

    pub(crate) fn step_mut(&mut self, name: &StepName) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.name == *name)
    }

    pub(crate) fn position(&self, name: &StepName) -> Option<usize> {
        self.steps.iter().position(|step| step.name == *name)
    }

    /// Whether nothing is left to do, unless the saga is cancelled.
    pub const fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Completed | Phase::Compensated)
    }

    /// The step that is being done, while the saga runs.
    pub fn step_under_way(&self) -> Option<&Step> {
        let under_way =
            |step: &&Step| matches!(step.state, StepState::Running | StepState::Unknown);
        match self.phase {
            Phase::Running => self.steps.iter().find(under_way),
            _ => None,
        }
    }

    /// The undos that are still to be done, the last step's first.
    pub fn pending_undos(&self) -> impl DoubleEndedIterator<Item = (&StepName, &Undo)> {
        let steps = self.steps.iter().rev();
        steps.filter_map(|step| Some((&step.name, step.pending_undo()?)))
    }

    /// The calls that wait for their next attempt, each with when it is due.
    pub fn waiting_calls(&self) -> Vec<(&StepName, Millis)> {
        let step = self.step_under_way();
        let step = step.and_then(|step| Some((&step.name, step.due_at?)));
        let undos = self.pending_undos().filter(|(_, undo)| !undo.sent);
        let undos = undos.map(|(step, undo)| (step, undo.due_at));
        match self.phase {
            Phase::Running => step.into_iter().collect(),
            Phase::Compensating => undos.collect(),
            Phase::Completed | Phase::Compensated => Vec::new(),
        }
    }

    /// The state to show to people.
    pub fn state(&self, policy: &Policy) -> SagaState {
        match self.phase {
            Phase::Running => SagaState::Running,
            Phase::Completed => SagaState::Completed,
            Phase::Compensated => SagaState::Compensated,
            Phase::Compensating => {
                let stuck = |undo: &Undo| undo.failures() >= policy.stuck_after;
                match self.pending_undos().any(|(_, undo)| stuck(undo)) {
                    true => SagaState::Stuck,
                    false => SagaState::Compensating,
                }
            }
        }
    }

    /// The step under way; of several undos the one that has failed most. `None` when the saga has ended.
    pub fn current_step(&self) -> Option<CurrentStep> {
        if let Some(step) = self.step_under_way() {
            return Some(CurrentStep {
                step: step.name.clone(),
                attempt: step.attempts,
                next_attempt_at: step.due_at,
                last_error: step.last_error.clone(),
            });
        }
        // `max_by_key` takes the last of equals, which reversed is the first to be sent.
        let worst = self.pending_undos().rev();
        let (step, undo) = worst.max_by_key(|(_, undo)| undo.failures())?;
        Some(CurrentStep {
            step: step.clone(),
            attempt: undo.attempts,
            next_attempt_at: (!undo.sent).then_some(undo.due_at),
            last_error: undo.last_error.clone(),
        })
    }
}
