//! The saga's surroundings as a model: a journal with epochs, drivers that crash, a network that
//! loses, delays and repeats, and participants that keep the barrier.

#![allow(dead_code, reason = "each test plays a part of it")]

use saga::{
    Call, Decision, Direction, Event, Happened, Millis, Next, Outcome, Phase, Policy, Saga,
    StepName, decide, place,
};

/// What a participant's one row for the order says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    None,
    Done,
    Undone,
    Void,
}

#[derive(Clone, Debug)]
pub struct Participant {
    pub row: Row,
    /// It refuses the step whenever it would have to do it.
    pub refuses: bool,
    /// How often the step took effect, and how often its undoing did.
    pub done: u32,
    pub undone: u32,
}

impl Participant {
    fn receive(&mut self, direction: Direction) -> Outcome {
        match (direction, self.row) {
            (Direction::Do, Row::None) if self.refuses => Outcome::Refused("NO".into()),
            (Direction::Do, Row::None) => {
                self.row = Row::Done;
                self.done += 1;
                Outcome::Done
            }
            (Direction::Do, Row::Done) => Outcome::Done,
            (Direction::Do, Row::Undone | Row::Void) => {
                Outcome::Refused("ALREADY_COMPENSATED".into())
            }
            (Direction::Undo, Row::Done) => {
                self.row = Row::Undone;
                self.undone += 1;
                Outcome::Done
            }
            (Direction::Undo, Row::None) => {
                self.row = Row::Void;
                Outcome::Done
            }
            (Direction::Undo, Row::Undone | Row::Void) => Outcome::Done,
        }
    }
}

/// What the network does to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// It never arrives.
    Lost,
    /// It arrives only later, when nobody waits for it.
    Late,
    /// It arrives twice, and is answered.
    Twice,
    /// It arrives, is answered, and arrives again later.
    Again,
}

/// A driver's own view of the saga, as of its last write.
#[derive(Clone, Debug)]
struct Driver {
    epoch: u64,
    saga: Saga,
    next: Next,
    /// A decision that it has taken and not written yet.
    unwritten: Option<Decision>,
    /// The outcome of the call that it has made and not decided on yet.
    heard: Option<(Call, Outcome)>,
}

pub struct World {
    pub policy: Policy,
    pub now: Millis,
    // What is durable.
    pub saga: Saga,
    pub journal: Vec<Event>,
    pub epoch: u64,
    // What is not.
    drivers: Vec<Driver>,
    late: Vec<(StepName, Direction)>,
    pub participants: [Participant; 3],
    /// Every call that ever left, in order.
    pub sent: Vec<Call>,
    pub cancelled: bool,
}

impl World {
    pub fn new(policy: Policy, refusing: [bool; 3]) -> Self {
        let Decision { events, saga, next } = place(&policy, 42);
        let driver = Driver {
            epoch: 1,
            saga: saga.clone(),
            next,
            unwritten: None,
            heard: None,
        };
        Self {
            policy,
            now: 0,
            saga,
            journal: events,
            epoch: 1,
            drivers: vec![driver],
            late: Vec::new(),
            participants: refusing.map(|refuses| Participant {
                row: Row::None,
                refuses,
                done: 0,
                undone: 0,
            }),
            sent: Vec::new(),
            cancelled: false,
        }
    }

    /// A saga whose driver is gone, with what each participant has.
    pub fn left_half_done(
        policy: Policy,
        saga: Saga,
        journal: Vec<Event>,
        rows: [Row; 3],
        now: Millis,
    ) -> Self {
        let cancelled = saga.phase == Phase::Compensating;
        Self {
            now,
            saga,
            journal,
            drivers: Vec::new(),
            participants: rows.map(|row| Participant {
                row,
                refuses: false,
                done: u32::from(matches!(row, Row::Done | Row::Undone)),
                undone: u32::from(row == Row::Undone),
            }),
            cancelled,
            ..Self::new(policy, [false; 3])
        }
    }

    pub fn participant(&self, step: StepName) -> &Participant {
        &self.participants[step as usize]
    }

    /// Somebody takes the saga over while the old drivers, if any, still believe that it is theirs.
    pub fn take_over(&mut self, hurry: bool) {
        if self.saga.ended() {
            return;
        }
        self.epoch += 1;
        let decision = decide(
            &self.policy,
            &self.saga,
            &Happened::TakenOver { hurry },
            self.now,
        );
        self.drivers.push(Driver {
            epoch: self.epoch,
            saga: self.saga.clone(),
            next: Next::Wait(self.now),
            unwritten: Some(decision),
            heard: None,
        });
    }

    /// The customer's cancellation: decided and written at once, under a new epoch.
    pub fn cancel(&mut self) {
        let decision = decide(&self.policy, &self.saga, &Happened::Cancelled, self.now);
        if decision.reason().is_none() {
            return;
        }
        self.cancelled = true;
        self.epoch += 1;
        self.journal.extend(decision.events);
        self.saga = decision.saga.clone();
        self.drivers.push(Driver {
            epoch: self.epoch,
            saga: decision.saga,
            next: decision.next,
            unwritten: None,
            heard: None,
        });
    }

    /// A driver vanishes with all that it had not written.
    pub fn crash(&mut self, which: usize) {
        if !self.drivers.is_empty() {
            self.drivers.remove(which % self.drivers.len());
        }
    }

    /// One message that was under way arrives, when nobody waits for its answer.
    pub fn deliver_late(&mut self, which: usize) {
        if !self.late.is_empty() {
            let (step, direction) = self.late.remove(which % self.late.len());
            self.participants[step as usize].receive(direction);
        }
    }

    /// One driver makes one move: it writes what it has decided, decides on what it has heard, calls
    /// or waits.
    pub fn step(&mut self, which: usize, fate: Fate) {
        if self.drivers.is_empty() {
            return;
        }
        let which = which % self.drivers.len();
        let driver = &mut self.drivers[which];
        if let Some(decision) = driver.unwritten.take() {
            if driver.epoch != self.epoch {
                self.drivers.remove(which); // fenced: it has changed nothing
                return;
            }
            self.journal.extend(decision.events);
            self.saga = decision.saga.clone();
            driver.saga = decision.saga;
            driver.next = decision.next;
            return;
        }
        if let Some((call, outcome)) = driver.heard.take() {
            let happened = Happened::Answered(call, outcome);
            driver.unwritten = Some(decide(&self.policy, &driver.saga, &happened, self.now));
            return;
        }
        match driver.next {
            Next::Call(call) => {
                let outcome = Self::send(&mut self.participants, &mut self.late, call, fate);
                self.sent.push(call);
                let driver = &mut self.drivers[which];
                driver.heard = Some((call, outcome));
                driver.next = Next::Answer;
            }
            Next::Wait(due_at) if self.now >= due_at => {
                driver.unwritten = Some(decide(
                    &self.policy,
                    &driver.saga,
                    &Happened::Woken,
                    self.now,
                ));
            }
            Next::Wait(_) => {}
            Next::Answer | Next::Ended => {
                self.drivers.remove(which);
            }
        }
    }

    fn send(
        participants: &mut [Participant; 3],
        late: &mut Vec<(StepName, Direction)>,
        call: Call,
        fate: Fate,
    ) -> Outcome {
        let participant = &mut participants[call.step as usize];
        let unknown = Outcome::Unknown("timed out".into());
        match fate {
            Fate::Arrives => participant.receive(call.direction),
            Fate::AnswerLost => {
                participant.receive(call.direction);
                unknown
            }
            Fate::Lost => unknown,
            Fate::Late => {
                late.push((call.step, call.direction));
                unknown
            }
            Fate::Twice => {
                participant.receive(call.direction);
                participant.receive(call.direction)
            }
            Fate::Again => {
                late.push((call.step, call.direction));
                participant.receive(call.direction)
            }
        }
    }

    /// All is well again: drives the saga to its end, then delivers whatever is still under way.
    /// Panics when it takes more moves than any saga may need.
    pub fn heal(&mut self) {
        let mut moves = 0;
        while !self.saga.ended() {
            if self.drivers.is_empty() {
                self.take_over(false);
            }
            self.step(0, Fate::Arrives);
            if let Some(Driver {
                next: Next::Wait(due_at),
                unwritten: None,
                ..
            }) = self.drivers.first()
            {
                self.now = self.now.max(*due_at);
            }
            moves += 1;
            assert!(moves < 1_000, "the saga does not end: {:#?}", self.saga);
        }
        // By now the customer has topped up, and what was taken is free again.
        for participant in &mut self.participants {
            participant.refuses = false;
        }
        while !self.late.is_empty() {
            self.deliver_late(0);
        }
    }

    /// What must be true at every moment.
    pub fn check_always(&self) {
        assert_eq!(
            Saga::replay(&self.journal).as_ref(),
            Some(&self.saga),
            "the journal tells another story"
        );
        for step in StepName::ALL {
            let participant = self.participant(step);
            assert!(participant.done <= 1, "{step:?} was done twice");
            assert!(
                participant.undone <= participant.done,
                "{step:?} was undone more often than done"
            );
            let asked = |direction| {
                self.sent
                    .iter()
                    .filter(|call| call.step == step && call.direction == direction)
                    .count()
            };
            let journaled = |wanted: fn(&Event) -> Option<StepName>| {
                self.journal
                    .iter()
                    .filter(|event| wanted(event) == Some(step))
                    .count()
            };
            assert!(
                asked(Direction::Do)
                    <= journaled(|event| match event {
                        Event::Sent { step, .. } => Some(*step),
                        _ => None,
                    }),
                "a PUT of {step:?} left before the journal said so"
            );
            assert!(
                asked(Direction::Undo)
                    <= journaled(|event| match event {
                        Event::UndoSent { step, .. } => Some(*step),
                        _ => None,
                    }),
                "a DELETE of {step:?} left before the journal said so"
            );
        }
        if self.saga.phase == Phase::Completed {
            assert!(
                self.participants
                    .iter()
                    .all(|participant| participant.row == Row::Done),
                "complete and not done"
            );
        }
        if self.saga.phase == Phase::Compensated {
            for step in self.saga.steps.iter().filter(|step| step.attempts > 0) {
                let row = self.participant(step.name).row;
                assert!(
                    matches!(row, Row::Undone | Row::Void),
                    "{:?} is not undone: {row:?}",
                    step.name
                );
            }
        }
    }

    /// The order in which the compensations were first told, by the journal.
    pub fn first_undos(&self) -> Vec<StepName> {
        let mut told = Vec::new();
        for event in &self.journal {
            if let Event::UndoSent { step, .. } = event
                && !told.contains(step)
            {
                told.push(*step);
            }
        }
        told
    }
}
