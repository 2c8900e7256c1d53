//! What each entry of the journal changes. Nothing else changes a saga.

use crate::{Event, Phase, Saga, StepState, Undo};

impl Saga {
    /// Folds one entry of the journal into the state.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Placed { seed, deadline, .. } => *self = Self::new(*seed, *deadline),
            Event::Sent { at, step, attempt } => {
                let step = self.step_mut(*step);
                step.state = StepState::Running;
                step.attempts = *attempt;
                step.started_at.get_or_insert(*at);
                step.due_at = None;
            }
            Event::Done { at, step } => {
                let step = self.step_mut(*step);
                step.state = StepState::Done;
                step.ended_at = Some(*at);
                step.last_error = None;
            }
            Event::Refused { at, step, code } => {
                let step = self.step_mut(*step);
                step.state = StepState::Refused;
                step.ended_at = Some(*at);
                step.last_error = Some(code.clone());
            }
            Event::Unknown {
                step,
                error,
                due_at,
                ..
            } => {
                let step = self.step_mut(*step);
                step.state = StepState::Unknown;
                step.due_at = Some(*due_at);
                step.last_error = Some(error.clone());
            }
            Event::Completed { .. } => self.phase = Phase::Completed,
            Event::TurnedBack { at, .. } => {
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
            Event::UndoSent { step, attempt, .. } => {
                if let Some(undo) = &mut self.step_mut(*step).undo {
                    undo.attempts = *attempt;
                    undo.sent = true;
                }
            }
            Event::Undone { at, step } => {
                let step = self.step_mut(*step);
                if let Some(undo) = &mut step.undo {
                    undo.sent = false;
                    undo.done = true;
                    undo.last_error = None;
                }
                if step.state != StepState::Refused {
                    step.state = StepState::Undone;
                    step.ended_at = Some(*at);
                }
            }
            Event::UndoFailed {
                step,
                error,
                due_at,
                ..
            } => {
                if let Some(undo) = &mut self.step_mut(*step).undo {
                    undo.sent = false;
                    undo.due_at = *due_at;
                    undo.last_error = Some(error.clone());
                }
            }
            Event::Compensated { .. } => self.phase = Phase::Compensated,
            Event::Hurried { at } => {
                for step in &mut self.steps {
                    step.due_at = step.due_at.map(|_| *at);
                    if let Some(undo) = step.undo.as_mut().filter(|undo| !undo.done) {
                        undo.due_at = *at;
                    }
                }
            }
        }
    }
}
