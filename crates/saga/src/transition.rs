//! Decides what a saga does next.

use crate::{
    Action, Call, DefinitionMismatch, Direction, Input, JournalEntry, Millis, NO_ANSWER, Outcome,
    Phase, Policy, Reason, Retry, Saga, SagaDefinition, StepName, StepState, Undo, backoff,
};

/// What an input leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What to write into the journal; empty when nothing changed.
    pub entries: Vec<JournalEntry>,
    /// The state after the entries.
    pub saga: Saga,
    /// What to do once both are written.
    pub action: Action,
}

impl Transition {
    /// The reason, when this transition starts compensating.
    pub fn reason(&self) -> Option<&Reason> {
        self.entries.iter().find_map(|entry| match entry {
            JournalEntry::CompensationStarted { reason, .. } => Some(reason),
            _ => None,
        })
    }
}

/// A new saga, and the call of its first step. `seed` spreads the retries: any number that differs from
/// saga to saga.
pub fn start<T>(definition: &SagaDefinition<T>, policy: &Policy, seed: u32) -> Transition {
    let mut builder = TransitionBuilder {
        definition,
        policy,
        saga: Saga::new(definition, seed, policy.deadline),
        entries: Vec::new(),
        now: 0,
    };
    builder.write(JournalEntry::Started {
        at: 0,
        seed,
        deadline: policy.deadline,
    });
    let action = builder.send_step_after(None);
    builder.build(action)
}

/// What a saga does now that it was given an input. Outcomes of calls that are no longer awaited change
/// nothing.
///
/// # Errors
///
/// When the saga is not of this definition.
pub fn decide<T>(
    definition: &SagaDefinition<T>,
    policy: &Policy,
    saga: &Saga,
    input: &Input,
    now: Millis,
) -> Result<Transition, DefinitionMismatch> {
    if saga.definition != definition.version() || !saga.has_steps_of(definition) {
        return Err(DefinitionMismatch {
            saga: saga.definition,
            definition: definition.version(),
        });
    }
    let mut builder = TransitionBuilder {
        definition,
        policy,
        saga: saga.clone(),
        entries: Vec::new(),
        now,
    };
    let action = match (saga.phase, input) {
        (Phase::Running | Phase::Completed, Input::Cancelled(reason)) => {
            builder.start_compensating(reason.clone())
        }
        (Phase::Completed | Phase::Compensated, _) => Action::End,
        (_, Input::CallFinished(call, outcome)) => match call.direction {
            Direction::Do => builder.step_finished(call, outcome),
            Direction::Undo => builder.undo_finished(call, outcome),
        },
        (_, Input::Claimed(retry)) => builder.claimed(retry),
        (_, Input::TimerFired | Input::Cancelled(_)) => builder.proceed(),
    };
    Ok(builder.build(action))
}

/// A transition in the making: every entry is applied as it is written.
struct TransitionBuilder<'a, T: 'static> {
    definition: &'a SagaDefinition<T>,
    policy: &'a Policy,
    saga: Saga,
    entries: Vec<JournalEntry>,
    now: Millis,
}

impl<T> TransitionBuilder<'_, T> {
    fn write(&mut self, entry: JournalEntry) {
        self.saga.apply(&entry);
        self.entries.push(entry);
    }

    fn build(self, action: Action) -> Transition {
        Transition {
            entries: self.entries,
            saga: self.saga,
            action,
        }
    }

    fn step_finished(&mut self, call: &Call, outcome: &Outcome) -> Action {
        let (at, step) = (self.now, call.step.clone());
        let awaited = self.saga.step_under_way().is_some_and(|current| {
            current.name == step
                && current.state == StepState::Running
                && current.attempts == call.attempt
        });
        if !awaited {
            return self.proceed();
        }
        match outcome {
            Outcome::Done => {
                let done = step.clone();
                self.write(JournalEntry::Done { at, step });
                self.send_step_after(Some(&done))
            }
            Outcome::Refused(code) => {
                let reason = self.refusal(&step, code);
                let code = code.clone();
                self.write(JournalEntry::Refused { at, step, code });
                self.start_compensating(reason)
            }
            Outcome::Unknown(error) => {
                // At the deadline the saga turns back instead.
                let due_at = self.now.saturating_add(self.backoff(call));
                self.step_unknown(step, error, due_at.min(self.saga.deadline));
                self.proceed()
            }
        }
    }

    fn undo_finished(&mut self, call: &Call, outcome: &Outcome) -> Action {
        let (at, step) = (self.now, call.step.clone());
        let undo = self.saga.step(&step).and_then(|step| step.pending_undo());
        if !undo.is_some_and(|undo| undo.sent && undo.attempts == call.attempt) {
            return self.proceed();
        }
        match outcome {
            Outcome::Done => self.write(JournalEntry::Undone { at, step }),
            // A participant may not refuse to undo: any other answer is a failure of it.
            Outcome::Refused(error) | Outcome::Unknown(error) => {
                let wait = self.backoff(call);
                self.undo_failed(step, error, wait);
            }
        }
        self.proceed()
    }

    fn claimed(&mut self, retry: &Retry) -> Action {
        const LOST: &str = "the driver that waited for the answer is gone";
        let step_sent = self
            .saga
            .step_under_way()
            .filter(|step| step.state == StepState::Running)
            .map(|step| (step.name.clone(), step.last_try));
        if let Some((step, last_try)) = step_sent {
            let due_at = match last_try {
                true => self.saga.deadline,
                // Before the deadline, so that a step whose driver was away past it gets one more try.
                false => self.now.min(self.saga.deadline.saturating_sub(1)),
            };
            self.step_unknown(step, LOST, due_at);
        }
        let undos_sent = self.saga.pending_undos().filter(|(_, undo)| undo.sent);
        let undos_sent: Vec<StepName> = undos_sent.map(|(step, _)| step.clone()).collect();
        for step in undos_sent {
            self.undo_failed(step, LOST, 0);
        }
        match retry {
            Retry::Due => self.proceed(),
            Retry::All => {
                self.write(JournalEntry::RetryRequested { at: self.now });
                self.proceed()
            }
            Retry::Steps(steps) => self.proceed_with(steps),
        }
    }

    /// Does what is due.
    fn proceed(&mut self) -> Action {
        self.proceed_with(&[])
    }

    /// Does what is due, and tries these steps again though they are not due.
    fn proceed_with(&mut self, early: &[StepName]) -> Action {
        match self.saga.phase {
            Phase::Running => self.proceed_forward(early),
            Phase::Compensating => self.proceed_back(early),
            Phase::Completed | Phase::Compensated => Action::End,
        }
    }

    fn proceed_forward(&mut self, early: &[StepName]) -> Action {
        let Some(step) = self.saga.step_under_way() else {
            // No journal leads here: a running saga has a step under way.
            return Action::AwaitOutcome;
        };
        let (name, attempts) = (step.name.clone(), step.attempts);
        let due_at = match early.contains(&name) {
            // It is given up at the deadline all the same.
            true => step.due_at.map(|due_at| due_at.min(self.now)),
            false => step.due_at,
        };
        match due_at {
            None => Action::AwaitOutcome,
            Some(due_at) if self.now < due_at => Action::WaitUntil(due_at),
            // What was due before the deadline is sent also after it: nobody drove the saga in time.
            Some(due_at) if due_at < self.saga.deadline => {
                self.send(name, attempts.saturating_add(1))
            }
            Some(_) => {
                let reason = self.refusal(&name, NO_ANSWER);
                self.start_compensating(reason)
            }
        }
    }

    /// Sends the undo of an early step, else that which has been due for longest; of equals, the last step's. An undo
    /// that was never sent keeps its place in the reverse order of the steps, though its step is among `early`.
    fn proceed_back(&mut self, early: &[StepName]) -> Action {
        if self.saga.pending_undos().any(|(_, undo)| undo.sent) {
            return Action::AwaitOutcome;
        }
        // An early one comes before all others.
        let due_at = |step: &StepName, undo: &Undo| match undo.attempts > 0 && early.contains(step)
        {
            true => Millis::MIN,
            false => undo.due_at,
        };
        let first = self
            .saga
            .pending_undos()
            .min_by_key(|(step, undo)| due_at(step, undo));
        let Some((step, undo)) = first else {
            self.write(JournalEntry::Compensated { at: self.now });
            return Action::End;
        };
        let due_at = due_at(step, undo);
        if due_at > self.now {
            return Action::WaitUntil(due_at);
        }
        let call = Call {
            step: step.clone(),
            direction: Direction::Undo,
            attempt: undo.attempts.saturating_add(1),
        };
        self.write(JournalEntry::UndoSent {
            at: self.now,
            step: call.step.clone(),
            attempt: call.attempt,
        });
        Action::Call(call)
    }

    /// Sends the step that follows `done`, or the first one; completes the saga after the last.
    fn send_step_after(&mut self, done: Option<&StepName>) -> Action {
        let position = done.and_then(|done| self.saga.position(done));
        let following = position.map_or(0, |position| position.saturating_add(1));
        match self.saga.steps.get(following) {
            Some(step) => self.send(step.name.clone(), 1),
            None => {
                self.write(JournalEntry::Completed { at: self.now });
                Action::End
            }
        }
    }

    fn send(&mut self, step: StepName, attempt: u32) -> Action {
        self.write(JournalEntry::Sent {
            at: self.now,
            step: step.clone(),
            attempt,
        });
        Action::Call(Call {
            step,
            direction: Direction::Do,
            attempt,
        })
    }

    fn start_compensating(&mut self, reason: Reason) -> Action {
        self.write(JournalEntry::CompensationStarted {
            at: self.now,
            reason,
        });
        self.proceed_back(&[])
    }

    fn step_unknown(&mut self, step: StepName, error: &str, due_at: Millis) {
        self.write(JournalEntry::Unknown {
            at: self.now,
            step,
            error: error.to_owned(),
            due_at,
        });
    }

    fn undo_failed(&mut self, step: StepName, error: &str, wait: Millis) {
        self.write(JournalEntry::UndoFailed {
            at: self.now,
            step,
            error: error.to_owned(),
            due_at: self.now.saturating_add(wait),
        });
    }

    fn refusal(&self, step: &StepName, code: &str) -> Reason {
        match self.definition.step(step) {
            Some(step) => Reason::refused(step, code),
            // `decide` has checked that the definition has every step of the saga.
            None => Reason::new(crate::ReasonCode::new(NO_ANSWER)),
        }
    }

    fn backoff(&self, call: &Call) -> Millis {
        let position = self.saga.position(&call.step).unwrap_or(0);
        backoff::wait(
            self.policy,
            self.saga.seed,
            position,
            call.direction,
            call.attempt,
        )
    }
}
