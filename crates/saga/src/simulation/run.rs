//! The moves of a simulation: of its drivers, its network and its customer.

use super::participant::{Participant, Record};
use crate::{
    Action, Call, Direction, Input, JournalEntry, Millis, Outcome, Policy, Reason, ReasonCode,
    Retry, Saga, SagaDefinition, StepName, Transition, decide, start,
};

/// What happens to a call on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// It never arrives.
    Lost,
    /// It arrives later, when its answer is no longer awaited.
    Late,
    /// It arrives twice, and is answered.
    Twice,
    /// It arrives, is answered, and arrives again later.
    Again,
}

/// A driver, with the saga as it last wrote or read it.
#[derive(Clone, Debug)]
struct Driver {
    epoch: u64,
    saga: Saga,
    action: Action,
    /// A transition that is not written yet.
    unwritten: Option<Transition>,
    /// The outcome of a call that is not decided on yet.
    finished: Option<(Call, Outcome)>,
}

/// A saga with everything around it.
pub struct Simulation<T: 'static = ()> {
    pub(super) definition: &'static SagaDefinition<T>,
    policy: Policy,
    pub now: Millis,
    /// The state, as it is written.
    pub saga: Saga,
    pub journal: Vec<JournalEntry>,
    /// The epoch of the newest lease. A driver of an older one cannot write.
    epoch: u64,
    drivers: Vec<Driver>,
    /// Calls that are still to arrive.
    late: Vec<(StepName, Direction)>,
    /// In the order of the steps.
    pub participants: Vec<Participant>,
    /// Every call that was ever sent, in order.
    pub(super) sent: Vec<Call>,
}

impl<T> Simulation<T> {
    /// A saga that has just started, with its driver. `refusing` tells which participants refuse.
    pub fn new(definition: &'static SagaDefinition<T>, policy: Policy, refusing: &[bool]) -> Self {
        let Transition {
            entries,
            saga,
            action,
        } = start(definition, &policy, 42);
        let driver = Driver {
            epoch: 1,
            saga: saga.clone(),
            action,
            unwritten: None,
            finished: None,
        };
        let participants = refusing.iter().map(|refuses| Participant {
            record: Record::None,
            refuses: *refuses,
            done: 0,
            undone: 0,
        });
        Self {
            definition,
            policy,
            now: 0,
            saga,
            journal: entries,
            epoch: 1,
            drivers: vec![driver],
            late: Vec::new(),
            participants: participants.collect(),
            sent: Vec::new(),
        }
    }

    /// A saga without a driver, and what each participant has recorded of it.
    pub fn unfinished(
        definition: &'static SagaDefinition<T>,
        policy: Policy,
        saga: Saga,
        journal: Vec<JournalEntry>,
        records: &[Record],
        now: Millis,
    ) -> Self {
        let participants = records.iter().map(|record| Participant {
            record: *record,
            refuses: false,
            done: u32::from(matches!(record, Record::Done | Record::Undone)),
            undone: u32::from(*record == Record::Undone),
        });
        Self {
            definition,
            policy,
            now,
            saga,
            journal,
            epoch: 1,
            drivers: Vec::new(),
            late: Vec::new(),
            participants: participants.collect(),
            sent: Vec::new(),
        }
    }

    fn decide(&self, saga: &Saga, input: &Input) -> Transition {
        decide(self.definition, &self.policy, saga, input, self.now).expect("its own definition")
    }

    fn position(&self, step: &StepName) -> usize {
        self.saga.position(step).expect("a step of the definition")
    }

    pub(super) fn participant(&self, step: &StepName) -> &Participant {
        &self.participants[self.position(step)]
    }

    /// Another driver claims the saga, while the drivers before it go on.
    pub fn claim(&mut self, retry: Retry) {
        if self.saga.has_ended() {
            return;
        }
        self.epoch += 1;
        let input = Input::Claimed(retry);
        self.drivers.push(Driver {
            epoch: self.epoch,
            saga: self.saga.clone(),
            action: Action::WaitUntil(self.now),
            unwritten: Some(self.decide(&self.saga, &input)),
            finished: None,
        });
    }

    /// The saga is cancelled: decided and written at once, under a new epoch.
    pub fn cancel(&mut self) {
        let reason = Reason::new(ReasonCode::new("CANCELLED"));
        let transition = self.decide(&self.saga, &Input::Cancelled(reason));
        if transition.reason().is_none() {
            return;
        }
        self.epoch += 1;
        self.journal.extend(transition.entries);
        self.saga = transition.saga.clone();
        self.drivers.push(Driver {
            epoch: self.epoch,
            saga: transition.saga,
            action: transition.action,
            unwritten: None,
            finished: None,
        });
    }

    /// A driver dies, and what it had not written is lost.
    pub fn crash(&mut self, which: usize) {
        if !self.drivers.is_empty() {
            self.drivers.remove(which % self.drivers.len());
        }
    }

    /// A call that was delayed arrives.
    pub fn deliver_late(&mut self, which: usize) {
        if !self.late.is_empty() {
            let (step, direction) = self.late.remove(which % self.late.len());
            let position = self.position(&step);
            self.participants[position].receive(direction);
        }
    }

    /// A driver makes one move: it writes its transition, decides on an outcome, calls or waits.
    pub fn advance(&mut self, which: usize, fate: Fate) {
        if self.drivers.is_empty() {
            return;
        }
        let which = which % self.drivers.len();
        let driver = &mut self.drivers[which];
        if let Some(transition) = driver.unwritten.take() {
            if driver.epoch != self.epoch {
                self.drivers.remove(which); // its lease was claimed, so it changes nothing
                return;
            }
            self.journal.extend(transition.entries);
            self.saga = transition.saga.clone();
            driver.saga = transition.saga;
            driver.action = transition.action;
            return;
        }
        if let Some((call, outcome)) = driver.finished.take() {
            let saga = driver.saga.clone();
            let transition = self.decide(&saga, &Input::CallFinished(call, outcome));
            self.drivers[which].unwritten = Some(transition);
            return;
        }
        match driver.action.clone() {
            Action::Call(call) => {
                let outcome = self.send(&call, fate);
                self.sent.push(call.clone());
                let driver = &mut self.drivers[which];
                driver.finished = Some((call, outcome));
                driver.action = Action::AwaitOutcome;
            }
            Action::WaitUntil(due_at) if self.now >= due_at => {
                let saga = driver.saga.clone();
                let transition = self.decide(&saga, &Input::TimerFired);
                self.drivers[which].unwritten = Some(transition);
            }
            Action::WaitUntil(_) => {}
            Action::AwaitOutcome | Action::End => {
                self.drivers.remove(which);
            }
        }
    }

    fn send(&mut self, call: &Call, fate: Fate) -> Outcome {
        let position = self.position(&call.step);
        let late = &mut self.late;
        let participant = &mut self.participants[position];
        let unknown = Outcome::Unknown("timed out".into());
        match fate {
            Fate::Arrives => participant.receive(call.direction),
            Fate::AnswerLost => {
                participant.receive(call.direction);
                unknown
            }
            Fate::Lost => unknown,
            Fate::Late => {
                late.push((call.step.clone(), call.direction));
                unknown
            }
            Fate::Twice => {
                participant.receive(call.direction);
                participant.receive(call.direction)
            }
            Fate::Again => {
                late.push((call.step.clone(), call.direction));
                participant.receive(call.direction)
            }
        }
    }

    /// Runs the saga to its end on a network without faults, then delivers the calls that are still to
    /// arrive.
    ///
    /// # Panics
    ///
    /// When it takes more moves than any saga needs.
    pub fn run_to_end(&mut self) {
        let mut moves = 0;
        while !self.saga.has_ended() {
            if self.drivers.is_empty() {
                self.claim(Retry::Due);
            }
            self.advance(0, Fate::Arrives);
            if let Some(Driver {
                action: Action::WaitUntil(due_at),
                unwritten: None,
                ..
            }) = self.drivers.first()
            {
                self.now = self.now.max(*due_at);
            }
            moves += 1;
            assert!(moves < 2_000, "the saga does not end: {:#?}", self.saga);
        }
        // By now what was refused would be done: a late call must not do it.
        for participant in &mut self.participants {
            participant.refuses = false;
        }
        while !self.late.is_empty() {
            self.deliver_late(0);
        }
    }
}
