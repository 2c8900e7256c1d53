//! A simulation for the tests of a definition: a journal with epochs, drivers that crash, a network that
//! loses, delays and repeats calls, and participants that keep the barrier.
//!
//! [`Simulation::check`] panics when a promise is broken, so call it after every move.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "it is used by tests only"
)]

use crate::{
    Action, Call, Direction, Input, JournalEntry, Millis, Outcome, Phase, Policy, Reason,
    ReasonCode, Saga, SagaDefinition, StepName, Transition, decide, start,
};

/// What a participant has recorded of a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    None,
    Done,
    Undone,
    /// It was told to undo what it had not done: it refuses to do it from then on.
    Void,
}

/// The participant of one step.
#[derive(Clone, Debug)]
pub struct Participant {
    pub record: Record,
    /// It refuses the step, unless it has done it already.
    pub refuses: bool,
    /// How often the step took effect.
    pub done: u32,
    /// How often an undo took effect.
    pub undone: u32,
}

impl Participant {
    fn receive(&mut self, direction: Direction) -> Outcome {
        match (direction, self.record) {
            (Direction::Do, Record::None) if self.refuses => Outcome::Refused("NO".into()),
            (Direction::Do, Record::None) => {
                self.record = Record::Done;
                self.done += 1;
                Outcome::Done
            }
            (Direction::Do, Record::Done) => Outcome::Done,
            (Direction::Do, Record::Undone | Record::Void) => {
                Outcome::Refused("ALREADY_COMPENSATED".into())
            }
            (Direction::Undo, Record::Done) => {
                self.record = Record::Undone;
                self.undone += 1;
                Outcome::Done
            }
            (Direction::Undo, Record::None) => {
                self.record = Record::Void;
                Outcome::Done
            }
            (Direction::Undo, Record::Undone | Record::Void) => Outcome::Done,
        }
    }
}

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
    definition: &'static SagaDefinition<T>,
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
    sent: Vec<Call>,
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

    fn participant(&self, step: &StepName) -> &Participant {
        &self.participants[self.position(step)]
    }

    /// Another driver claims the saga, while the drivers before it go on.
    pub fn claim(&mut self, retry_requested: bool) {
        if self.saga.has_ended() {
            return;
        }
        self.epoch += 1;
        let input = Input::Claimed { retry_requested };
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
                self.claim(false);
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

    /// Checks what must be true at every moment.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub fn check(&self) {
        let replayed = Saga::replay(self.definition, &self.journal);
        assert_eq!(
            replayed.as_ref(),
            Ok(&self.saga),
            "the state is not the journal"
        );
        for step in self.definition.steps() {
            self.check_step(&step.name());
        }
        match self.saga.phase {
            Phase::Completed => {
                let mut participants = self.participants.iter();
                assert!(
                    participants.all(|participant| participant.record == Record::Done),
                    "completed, and not all is done"
                );
            }
            Phase::Compensated => {
                for step in self.saga.steps.iter().filter(|step| step.attempts > 0) {
                    let record = self.participant(&step.name).record;
                    assert!(
                        matches!(record, Record::Undone | Record::Void),
                        "{} is not undone: {record:?}",
                        step.name
                    );
                }
            }
            Phase::Running | Phase::Compensating => {}
        }
    }

    fn check_step(&self, step: &StepName) {
        let participant = self.participant(step);
        assert!(participant.done <= 1, "{step} was done twice");
        assert!(
            participant.undone <= participant.done,
            "{step} was undone more often than done"
        );
        let sent = |direction| {
            let of_step = |call: &&Call| call.step == *step && call.direction == direction;
            self.sent.iter().filter(of_step).count()
        };
        let written = |direction| {
            let of_step = |entry: &&JournalEntry| match entry {
                JournalEntry::Sent { step: it, .. } => direction == Direction::Do && it == step,
                JournalEntry::UndoSent { step: it, .. } => {
                    direction == Direction::Undo && it == step
                }
                _ => false,
            };
            self.journal.iter().filter(of_step).count()
        };
        for direction in [Direction::Do, Direction::Undo] {
            assert!(
                sent(direction) <= written(direction),
                "a call of {step} ({direction:?}) was sent before the journal held it"
            );
        }
        let was_ever_sent = written(Direction::Do) > 0;
        assert!(
            was_ever_sent || sent(Direction::Undo) == 0,
            "the undo of {step} was sent, and its step never was"
        );
    }

    /// The steps in the order in which their first undo was sent, by the journal.
    pub fn first_undos(&self) -> Vec<StepName> {
        let mut steps = Vec::new();
        for entry in &self.journal {
            if let JournalEntry::UndoSent { step, .. } = entry
                && !steps.contains(step)
            {
                steps.push(step.clone());
            }
        }
        steps
    }
}
