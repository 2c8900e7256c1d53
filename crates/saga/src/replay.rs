//! What each entry of the journal changes. Nothing else changes a saga.

use crate::{JournalEntry, Phase, Saga, SagaDefinition, StepName, StepState, Undo};

/// Why a journal cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("the journal does not begin with STARTED")]
    NotStarted,
    #[error("the definition has no step {0}")]
    UnknownStep(StepName),
}

impl Saga {
    /// The state that a whole journal leads to.
    pub fn replay<'a, T>(
        definition: &SagaDefinition<T>,
        journal: impl IntoIterator<Item = &'a JournalEntry>,
    ) -> Result<Self, ReplayError> {
        let mut entries = journal.into_iter();
        let Some(&JournalEntry::Started { seed, deadline, .. }) = entries.next() else {
            return Err(ReplayError::NotStarted);
        };
        let mut saga = Self::new(definition, seed, deadline);
        for entry in entries {
            match entry.step() {
                Some(step) if saga.step(step).is_none() => {
                    return Err(ReplayError::UnknownStep(step.clone()));
                }
                _ => saga.apply(entry),
            }
        }
        Ok(saga)
    }

    /// Folds an entry into the state. One about a step that the saga does not have changes nothing.
    pub(crate) fn apply(&mut self, entry: &JournalEntry) {
        match entry {
            // The first entry: the state is made from it.
            JournalEntry::Started { .. } => {}
            JournalEntry::Completed { .. } => self.phase = Phase::Completed,
            JournalEntry::Compensated { .. } => self.phase = Phase::Compensated,
            JournalEntry::CompensationStarted { at, .. } => {
                self.phase = Phase::Compensating;
                for step in self.steps.iter_mut().filter(|step| step.attempts > 0) {
                    step.due_at = None;
                    step.undo = Some(Undo::due(*at));
                    if step.state != StepState::Refused {
                        step.state = StepState::Undoing;
                        step.ended_at = None;
                    }
                }
            }
            JournalEntry::RetryRequested { at } => {
                for step in &mut self.steps {
                    step.due_at = step.due_at.map(|_| *at);
                    if let Some(undo) = step.undo.as_mut().filter(|undo| !undo.done) {
                        undo.due_at = *at;
                    }
                }
            }
            JournalEntry::Sent { step, .. }
            | JournalEntry::Done { step, .. }
            | JournalEntry::Refused { step, .. }
            | JournalEntry::Unknown { step, .. } => self.apply_forward(step, entry),
            JournalEntry::UndoSent { step, .. }
            | JournalEntry::Undone { step, .. }
            | JournalEntry::UndoFailed { step, .. } => self.apply_undo(step, entry),
        }
    }

    fn apply_forward(&mut self, name: &StepName, entry: &JournalEntry) {
        let deadline = self.deadline;
        let Some(step) = self.step_mut(name) else {
            return;
        };
        match entry {
            JournalEntry::Sent { at, attempt, .. } => {
                step.state = StepState::Running;
                step.attempts = *attempt;
                step.started_at.get_or_insert(*at);
                step.due_at = None;
                step.last_try = *at >= deadline;
            }
            JournalEntry::Done { at, .. } => {
                step.state = StepState::Done;
                step.ended_at = Some(*at);
                step.last_error = None;
            }
            JournalEntry::Refused { at, code, .. } => {
                step.state = StepState::Refused;
                step.ended_at = Some(*at);
                step.last_error = Some(code.clone());
            }
            JournalEntry::Unknown { error, due_at, .. } => {
                step.state = StepState::Unknown;
                step.due_at = Some(*due_at);
                step.last_error = Some(error.clone());
            }
            _ => {}
        }
    }

    fn apply_undo(&mut self, name: &StepName, entry: &JournalEntry) {
        let Some(step) = self.step_mut(name) else {
            return;
        };
        match (entry, &mut step.undo) {
            (JournalEntry::UndoSent { attempt, .. }, Some(undo)) => {
                undo.attempts = *attempt;
                undo.sent = true;
            }
            (JournalEntry::UndoFailed { error, due_at, .. }, Some(undo)) => {
                undo.sent = false;
                undo.due_at = *due_at;
                undo.last_error = Some(error.clone());
            }
            (JournalEntry::Undone { at, .. }, Some(undo)) => {
                undo.sent = false;
                undo.done = true;
                undo.last_error = None;
                if step.state != StepState::Refused {
                    step.state = StepState::Undone;
                    step.ended_at = Some(*at);
                }
            }
            _ => {}
        }
    }
}
