//! What to do next, whatever happened.

use crate::{Event, Millis, Phase, Policy, Reason, Saga, Step, StepName, StepState, backoff};

/// Whether a call does a step (PUT) or undoes it (DELETE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Do,
    Undo,
}

/// A call to a participant. It may leave only after the decision that asked for it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub step: StepName,
    pub direction: Direction,
    /// From 1, counted for each step and direction.
    pub attempt: u32,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Done,
    /// A definite no that changed nothing, with the participant's code.
    Refused(String),
    /// Anything else: it may or may not have been done, or may be done later.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Happened {
    /// A call has come to something.
    Answered(Call, Outcome),
    /// Somebody took the saga over: whatever was on its way is lost. `hurry` when a person asked for
    /// whatever waits to be tried now.
    TakenOver { hurry: bool },
    /// Time has passed.
    Woken,
    /// The customer cancelled the order, and whoever drove the saga is fenced.
    Cancelled,
}

/// The one thing to do, once the events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    Call(Call),
    /// Nothing before this instant.
    Wait(Millis),
    /// Nothing but to wait for the call under way.
    Answer,
    Ended,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What to write into the journal; nothing when nothing changed.
    pub events: Vec<Event>,
    /// The state after the events.
    pub saga: Saga,
    pub next: Next,
}

impl Decision {
    /// The reason, when this decision cancels the order.
    pub fn reason(&self) -> Option<&Reason> {
        self.events.iter().find_map(|event| match event {
            Event::TurnedBack { reason, .. } => Some(reason),
            _ => None,
        })
    }
}

/// The saga of an order that is being placed, its first call included. `seed` may be any number that
/// differs from order to order.
pub fn place(policy: &Policy, seed: u32) -> Decision {
    let mut turn = Turn {
        policy,
        saga: Saga::new(seed, policy.deadline),
        events: Vec::new(),
        now: 0,
    };
    turn.write(Event::Placed {
        at: 0,
        seed,
        deadline: policy.deadline,
    });
    let next = turn.send(StepName::Charge);
    turn.end(next)
}

/// What to write and do now that something happened. Answers to calls that nobody waits for any more
/// change nothing.
pub fn decide(policy: &Policy, saga: &Saga, happened: &Happened, now: Millis) -> Decision {
    let mut turn = Turn {
        policy,
        saga: saga.clone(),
        events: Vec::new(),
        now,
    };
    let next = match (saga.phase, happened) {
        (Phase::Running | Phase::Completed, Happened::Cancelled) => {
            turn.turn_back(Reason::cancelled_by_user())
        }
        (Phase::Completed | Phase::Compensated, _) => Next::Ended,
        (_, Happened::Answered(call, outcome)) => match call.direction {
            Direction::Do => turn.answered(*call, outcome),
            Direction::Undo => turn.undo_answered(*call, outcome),
        },
        (_, Happened::TakenOver { hurry }) => turn.taken_over(*hurry),
        (_, Happened::Woken | Happened::Cancelled) => turn.go_on(),
    };
    turn.end(next)
}

/// A decision in the making.
struct Turn<'a> {
    policy: &'a Policy,
    saga: Saga,
    events: Vec<Event>,
    now: Millis,
}

impl Turn<'_> {
    fn write(&mut self, event: Event) {
        self.saga.apply(&event);
        self.events.push(event);
    }

    fn end(self, next: Next) -> Decision {
        Decision {
            events: self.events,
            saga: self.saga,
            next,
        }
    }

    fn answered(&mut self, call: Call, outcome: &Outcome) -> Next {
        let (at, step) = (self.now, call.step);
        let running = |current: &Step| {
            current.name == step
                && current.state == StepState::Running
                && current.attempts == call.attempt
        };
        if !self.saga.current().is_some_and(running) {
            return self.go_on();
        }
        match outcome {
            Outcome::Done => {
                self.write(Event::Done { at, step });
                match step.following() {
                    Some(following) => self.send(following),
                    None => {
                        self.write(Event::Completed { at });
                        Next::Ended
                    }
                }
            }
            Outcome::Refused(code) => {
                let code = code.clone();
                let reason = Reason::refused(step, &code);
                self.write(Event::Refused { at, step, code });
                self.turn_back(reason)
            }
            Outcome::Unknown(error) => {
                let wait =
                    backoff::wait(self.policy, &self.saga, step, call.direction, call.attempt);
                self.unknown(step, error, wait);
                self.go_on()
            }
        }
    }

    fn undo_answered(&mut self, call: Call, outcome: &Outcome) -> Next {
        let (at, step) = (self.now, call.step);
        let undo = self.saga.step(step).pending_undo();
        if !undo.is_some_and(|undo| undo.sent && undo.attempts == call.attempt) {
            return self.go_on();
        }
        match outcome {
            Outcome::Done => self.write(Event::Undone { at, step }),
            // Nobody may refuse to undo: whatever was said is a failure of the participant.
            Outcome::Refused(error) | Outcome::Unknown(error) => {
                let wait =
                    backoff::wait(self.policy, &self.saga, step, call.direction, call.attempt);
                self.undo_failed(step, error, wait);
            }
        }
        self.go_on()
    }

    fn taken_over(&mut self, hurry: bool) -> Next {
        const LOST: &str = "whoever waited for the answer is gone";
        let on_its_way = self
            .saga
            .current()
            .filter(|step| step.state == StepState::Running);
        if let Some(step) = on_its_way.map(|step| step.name) {
            self.unknown(step, LOST, 0);
        }
        let on_their_way = StepName::ALL.into_iter().rev();
        for step in on_their_way {
            if self
                .saga
                .step(step)
                .pending_undo()
                .is_some_and(|undo| undo.sent)
            {
                self.undo_failed(step, LOST, 0);
            }
        }
        if hurry {
            self.write(Event::Hurried { at: self.now });
        }
        self.go_on()
    }

    /// Does whatever is due.
    fn go_on(&mut self) -> Next {
        match self.saga.phase {
            Phase::Running => self.go_forward(),
            Phase::Compensating => self.go_back(),
            Phase::Completed | Phase::Compensated => Next::Ended,
        }
    }

    fn go_forward(&mut self) -> Next {
        let Some(step) = self.saga.current() else {
            // No journal leads here; it would be a saga that runs and has nothing to do.
            return Next::Answer;
        };
        let name = step.name;
        match step.due_at {
            None => Next::Answer,
            Some(_) if self.now >= self.saga.deadline => self.turn_back(Reason::no_answer(name)),
            Some(due_at) if self.now >= due_at => self.send(name),
            Some(due_at) => Next::Wait(due_at),
        }
    }

    /// Sends the compensation that has been due for longest, the last step's first.
    fn go_back(&mut self) -> Next {
        if self.saga.pending().any(|(_, undo)| undo.sent) {
            return Next::Answer;
        }
        let first = self.saga.pending().min_by_key(|(_, undo)| undo.due_at);
        let Some((step, undo)) = first else {
            self.write(Event::Compensated { at: self.now });
            return Next::Ended;
        };
        if undo.due_at > self.now {
            return Next::Wait(undo.due_at);
        }
        let attempt = undo.attempts.saturating_add(1);
        self.write(Event::UndoSent {
            at: self.now,
            step,
            attempt,
        });
        Next::Call(Call {
            step,
            direction: Direction::Undo,
            attempt,
        })
    }

    fn send(&mut self, step: StepName) -> Next {
        let attempt = self.saga.step(step).attempts.saturating_add(1);
        self.write(Event::Sent {
            at: self.now,
            step,
            attempt,
        });
        Next::Call(Call {
            step,
            direction: Direction::Do,
            attempt,
        })
    }

    fn turn_back(&mut self, reason: Reason) -> Next {
        self.write(Event::TurnedBack {
            at: self.now,
            reason,
        });
        self.go_back()
    }

    /// The next attempt is due after `wait`, or at the deadline, where the saga turns back.
    fn unknown(&mut self, step: StepName, error: &str, wait: Millis) {
        let due_at = self.now.saturating_add(wait);
        self.write(Event::Unknown {
            at: self.now,
            step,
            error: error.to_owned(),
            due_at: due_at.min(self.saga.deadline),
        });
    }

    fn undo_failed(&mut self, step: StepName, error: &str, wait: Millis) {
        self.write(Event::UndoFailed {
            at: self.now,
            step,
            error: error.to_owned(),
            due_at: self.now.saturating_add(wait),
        });
    }
}
