//! The whole system as a state, and everything that can happen next.

use saga::{
    Call, Direction, Input, Outcome, Policy, Reason, ReasonCode, Retry, Saga, SagaDefinition,
    StepDefinition, StepName, StepState, Transition, decide, start,
};

use crate::{
    driver::{Doing, Driver},
    faults::{Faults, Missing},
    journal::Journal,
    network::{Answer, Network, Request},
    participant::Participant,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SystemState {
    pub journal: Journal,
    /// Those who drive the saga, or believe that they do.
    pub drivers: [Option<Driver>; 2],
    pub network: Network,
    /// In the order of the steps.
    pub participants: Vec<Participant>,
    pub now: saga::Millis,
    /// The faults that may still happen.
    pub left: Faults,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Send {
        driver: usize,
    },
    Deliver {
        request: Request,
        refuse: bool,
        again: bool,
    },
    LoseRequest(Request),
    Answer {
        driver: usize,
        answer: Answer,
    },
    LoseAnswer(Answer),
    TimeOut {
        driver: usize,
    },
    Wake {
        driver: usize,
    },
    Claim {
        driver: usize,
    },
    DecideOnClaim {
        driver: usize,
        /// What waits is tried before it is due.
        early: bool,
    },
    Crash {
        driver: usize,
    },
    Cancel,
    PassDeadline,
}

pub struct Protocol {
    definition: &'static SagaDefinition,
    policy: Policy,
    faults: Faults,
    missing: Option<Missing>,
}

impl Protocol {
    /// The protocol with all its rules.
    pub fn sound(definition: &'static SagaDefinition, faults: Faults) -> Self {
        Self {
            definition,
            policy: Policy {
                deadline: 1_000,
                backoff: 1,
                backoff_cap: 1,
                stuck_after: 3,
            },
            faults,
            missing: None,
        }
    }

    /// The protocol without one of its rules.
    pub fn without(definition: &'static SagaDefinition, faults: Faults, missing: Missing) -> Self {
        Self {
            missing: Some(missing),
            ..Self::sound(definition, faults)
        }
    }

    fn decide(&self, saga: &Saga, input: &Input, now: saga::Millis) -> Transition {
        let decided = decide(self.definition, &self.policy, saga, input, now);
        decided.expect("its own definition")
    }

    fn position(&self, step: &StepName) -> usize {
        let mut steps = self.definition.steps().iter();
        let position = steps.position(|it| *step == it.name);
        position.expect("a step of the definition")
    }

    fn lacks(&self, rule: Missing) -> bool {
        self.missing == Some(rule)
    }

    /// A driver is given an input: it decides, and writes unless its lease was claimed.
    fn drive(&self, state: &mut SystemState, index: usize, input: &Input) {
        let Some(driver) = state.drivers[index].take() else {
            return;
        };
        if driver.epoch != state.journal.epoch && !self.lacks(Missing::EpochTest) {
            return;
        }
        let mut transition = self.decide(&driver.saga, input, state.now);
        self.leave_out_undos(&driver.saga, &mut transition);
        state.journal.write(&transition);
        let saga = state.journal.saga.clone();
        state.drivers[index] = Driver::after(driver.epoch, &transition, saga);
    }

    /// Without a rule, a step that should be undone is not.
    fn leave_out_undos(&self, before: &Saga, transition: &mut Transition) {
        if transition.reason().is_none() {
            return;
        }
        for step in &mut transition.saga.steps {
            let refused = step.state == StepState::Refused;
            let before = before.step(&step.name).expect("the same steps");
            let became_unknown = transition.entries.iter().any(
                |entry| matches!(entry, saga::JournalEntry::Unknown { step: it, .. } if *it == step.name),
            );
            let unknown = before.state == StepState::Unknown || became_unknown;
            if (refused && self.lacks(Missing::UndoOfRefused))
                || (unknown && self.lacks(Missing::UndoOfUnknown))
            {
                step.undo = None;
                if transition.action == first_undo(&step.name) {
                    transition.action = saga::Action::WaitUntil(0);
                }
            }
        }
    }
}

fn first_undo(step: &StepName) -> saga::Action {
    saga::Action::Call(Call {
        step: step.clone(),
        direction: Direction::Undo,
        attempt: 1,
    })
}

impl Protocol {
    /// The saga has just started, and its driver is about to make the first call.
    pub fn initial(&self) -> SystemState {
        let transition = start(self.definition, &self.policy, 1);
        let journal = Journal::new(&transition);
        let driver = Driver::after(1, &transition, journal.saga.clone());
        SystemState {
            journal,
            drivers: [driver, None],
            network: Network::default(),
            participants: vec![Participant::Nothing; self.definition.steps().len()],
            now: 0,
            left: self.faults.clone(),
        }
    }

    /// Everything that can happen next.
    pub fn possible_actions(&self, state: &SystemState, actions: &mut Vec<Action>) {
        let left = &state.left;
        for request in &state.network.requests {
            for refuse in [false, true] {
                let may_refuse = left.refusals > 0
                    && request.call.direction == Direction::Do
                    && state.participants[self.position(&request.call.step)]
                        == Participant::Nothing;
                if refuse && !may_refuse {
                    continue;
                }
                actions.push(Action::Deliver {
                    request: request.clone(),
                    refuse,
                    again: false,
                });
                if left.repeated > 0 {
                    actions.push(Action::Deliver {
                        request: request.clone(),
                        refuse,
                        again: true,
                    });
                }
            }
            if left.lost > 0 {
                actions.push(Action::LoseRequest(request.clone()));
            }
        }
        if left.lost > 0 {
            actions.extend(
                state
                    .network
                    .answers
                    .iter()
                    .cloned()
                    .map(Action::LoseAnswer),
            );
        }
        for (driver, slot) in state.drivers.iter().enumerate() {
            let Some(running) = slot else {
                let others = state.drivers.iter().flatten();
                let owner_lives = others
                    .clone()
                    .any(|other| other.epoch == state.journal.epoch);
                if !state.journal.saga.has_ended()
                    && (!state.journal.leased || !owner_lives || left.pauses > 0)
                {
                    actions.push(Action::Claim { driver });
                }
                continue;
            };
            match &running.doing {
                Doing::Claiming => {
                    let retried =
                        [false, true].map(|early| Action::DecideOnClaim { driver, early });
                    actions.extend(retried);
                }
                Doing::Sending(_) => actions.push(Action::Send { driver }),
                Doing::Waiting(_) => actions.push(Action::Wake { driver }),
                Doing::Awaiting(call) => {
                    let request = Request {
                        epoch: running.epoch,
                        call: call.clone(),
                    };
                    for answer in &state.network.answers {
                        if answer.to == request {
                            actions.push(Action::Answer {
                                driver,
                                answer: answer.clone(),
                            });
                        }
                    }
                    if !state.network.holds(&request) || left.timeouts > 0 {
                        actions.push(Action::TimeOut { driver });
                    }
                }
            }
            if left.crashes > 0 {
                actions.push(Action::Crash { driver });
            }
        }
        if left.cancels > 0 && !state.journal.compensating {
            actions.push(Action::Cancel);
        }
        if left.deadline > 0 && !state.journal.saga.has_ended() {
            actions.push(Action::PassDeadline);
        }
    }

    /// The system after an action.
    pub fn after(&self, state: &SystemState, action: Action) -> Option<SystemState> {
        let mut state = state.clone();
        match action {
            Action::Send { driver } => {
                let running = state.drivers[driver].as_mut()?;
                let Doing::Sending(call) = running.doing.clone() else {
                    return None;
                };
                running.doing = Doing::Awaiting(call.clone());
                let epoch = running.epoch;
                state.network.send(Request { epoch, call });
            }
            Action::Deliver {
                request,
                refuse,
                again,
            } => {
                let participant = &mut state.participants[self.position(&request.call.step)];
                let tombstones = !self.lacks(Missing::Tombstone);
                let outcome = participant.handle(request.call.direction, refuse, tombstones);
                state.left.refusals -= u8::from(refuse);
                state.left.repeated -= u8::from(again);
                if !again {
                    take(&mut state.network.requests, &request);
                }
                // An answer that is not awaited changes nothing.
                if awaited(&state, &request) {
                    state.network.answer(Answer {
                        to: request,
                        outcome,
                    });
                }
            }
            Action::LoseRequest(request) => {
                take(&mut state.network.requests, &request);
                state.left.lost -= 1;
            }
            Action::LoseAnswer(answer) => {
                take(&mut state.network.answers, &answer);
                state.left.lost -= 1;
            }
            Action::Answer { driver, answer } => {
                take(&mut state.network.answers, &answer);
                let input = Input::CallFinished(answer.to.call, answer.outcome);
                self.drive(&mut state, driver, &input);
            }
            Action::TimeOut { driver } => {
                let running = state.drivers[driver].as_ref()?;
                let Doing::Awaiting(call) = running.doing.clone() else {
                    return None;
                };
                let request = Request {
                    epoch: running.epoch,
                    call: call.clone(),
                };
                state.left.timeouts -= u8::from(state.network.holds(&request));
                let input = Input::CallFinished(call, Outcome::Unknown("no answer".into()));
                self.drive(&mut state, driver, &input);
            }
            Action::Wake { driver } => {
                let Doing::Waiting(until) = state.drivers[driver].as_ref()?.doing else {
                    return None;
                };
                state.now = state.now.max(until);
                self.drive(&mut state, driver, &Input::TimerFired);
            }
            Action::Claim { driver } => {
                let mut others = state.drivers.iter().flatten();
                let owner_lives = others.any(|other| other.epoch == state.journal.epoch);
                state.left.pauses -= u8::from(state.journal.leased && owner_lives);
                state.journal.epoch += 1;
                state.journal.leased = true;
                state.drivers[driver] = Some(Driver {
                    epoch: state.journal.epoch,
                    saga: state.journal.saga.clone(),
                    doing: Doing::Claiming,
                });
            }
            Action::DecideOnClaim { driver, early } => {
                let steps = self.definition.steps().iter().map(StepDefinition::name);
                let input = Input::Claimed(match early {
                    true => Retry::Steps(steps.collect()),
                    false => Retry::Due,
                });
                self.drive(&mut state, driver, &input);
            }
            Action::Crash { driver } => {
                state.drivers[driver] = None;
                state.left.crashes -= 1;
            }
            Action::Cancel => {
                state.left.cancels -= 1;
                let reason = Reason::new(ReasonCode::new("CANCELLED"));
                let input = Input::Cancelled(reason);
                let transition = self.decide(&state.journal.saga, &input, state.now);
                state.journal.epoch += 1;
                state.journal.leased = false;
                state.journal.write(&transition);
            }
            Action::PassDeadline => {
                state.left.deadline -= 1;
                state.now = state.now.max(self.policy.deadline);
            }
        }
        let SystemState {
            network, drivers, ..
        } = &mut state;
        network.answers.retain(|answer| {
            let waits = |driver: &Driver| driver.doing == Doing::Awaiting(answer.to.call.clone());
            drivers
                .iter()
                .flatten()
                .any(|driver| driver.epoch == answer.to.epoch && waits(driver))
        });
        Some(state)
    }
}

fn awaited(state: &SystemState, request: &Request) -> bool {
    let waits = |driver: &Driver| {
        driver.epoch == request.epoch && driver.doing == Doing::Awaiting(request.call.clone())
    };
    state.drivers.iter().flatten().any(waits)
}

fn take<T: PartialEq>(messages: &mut Vec<T>, message: &T) {
    if let Some(index) = messages.iter().position(|other| other == message) {
        messages.remove(index);
    }
}
