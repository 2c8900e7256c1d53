//! Everything that takes part, and all that can happen next.

use saga::{Direction, Happened, Outcome, Policy, Saga, StepName, StepState, decide, place};
use stateright::{Model, Property};

use crate::{
    driver::{Doing, Driver},
    journal::Journal,
    misfortunes::{Misfortunes, Missing},
    network::{Answer, Network, Request},
    participant::Participant,
    properties,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub journal: Journal,
    /// Those who drive the saga, or think they do.
    pub drivers: [Option<Driver>; 2],
    pub network: Network,
    /// One for each of [`StepName::ALL`].
    pub participants: [Participant; 3],
    pub now: saga::Millis,
    pub left: Misfortunes,
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
    TakeOver {
        driver: usize,
    },
    Resume {
        driver: usize,
    },
    Crash {
        driver: usize,
    },
    Cancel,
    PassDeadline,
}

pub struct Protocol {
    policy: Policy,
    misfortunes: Misfortunes,
    missing: Option<Missing>,
}

impl Protocol {
    pub fn sound(misfortunes: Misfortunes) -> Self {
        Self {
            policy: Policy {
                deadline: 1_000,
                backoff: 1,
                backoff_cap: 1,
                stuck_after: 3,
            },
            misfortunes,
            missing: None,
        }
    }

    pub fn without(misfortunes: Misfortunes, missing: Missing) -> Self {
        Self {
            missing: Some(missing),
            ..Self::sound(misfortunes)
        }
    }

    fn lacks(&self, rule: Missing) -> bool {
        self.missing == Some(rule)
    }

    /// A driver learns something: it decides, and writes unless it is fenced.
    fn drive(&self, world: &mut World, index: usize, happened: &Happened) {
        let Some(driver) = world.drivers[index].take() else {
            return;
        };
        if driver.epoch != world.journal.epoch && !self.lacks(Missing::EpochTest) {
            return;
        }
        let mut decision = decide(&self.policy, &driver.saga, happened, world.now);
        self.leave_out_undos(&driver.saga, &mut decision);
        world.journal.write(&decision);
        let saga = world.journal.saga.clone();
        world.drivers[index] = Driver::after(driver.epoch, &decision, saga);
    }

    /// Where a rule is broken on purpose: a step is not told to undo that should be.
    fn leave_out_undos(&self, before: &Saga, decision: &mut saga::Decision) {
        if decision.reason().is_none() {
            return;
        }
        for step in &mut decision.saga.steps {
            let refused = step.state == StepState::Refused;
            let unknown = before.step(step.name).state == StepState::Unknown;
            if (refused && self.lacks(Missing::UndoOfTheRefused))
                || (unknown && self.lacks(Missing::UndoOfTheUnknown))
            {
                step.undo = None;
                if decision.next == call_of(step.name) {
                    decision.next = saga::Next::Wait(0);
                }
            }
        }
    }
}

fn call_of(step: StepName) -> saga::Next {
    saga::Next::Call(saga::Call {
        step,
        direction: Direction::Undo,
        attempt: 1,
    })
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let decision = place(&self.policy, 1);
        let journal = Journal::new(&decision);
        let driver = Driver::after(1, &decision, journal.saga.clone());
        vec![World {
            journal,
            drivers: [driver, None],
            network: Network::default(),
            participants: [Participant::Nothing; 3],
            now: 0,
            left: self.misfortunes.clone(),
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let left = &world.left;
        for request in &world.network.requests {
            let request = *request;
            for refuse in [false, true] {
                let may_refuse = left.refusals > 0
                    && request.call.direction == Direction::Do
                    && world.participants[request.call.step as usize] == Participant::Nothing;
                if refuse && !may_refuse {
                    continue;
                }
                actions.push(Action::Deliver {
                    request,
                    refuse,
                    again: false,
                });
                if left.repeated > 0 {
                    actions.push(Action::Deliver {
                        request,
                        refuse,
                        again: true,
                    });
                }
            }
            if left.lost > 0 {
                actions.push(Action::LoseRequest(request));
            }
        }
        if left.lost > 0 {
            actions.extend(
                world
                    .network
                    .answers
                    .iter()
                    .cloned()
                    .map(Action::LoseAnswer),
            );
        }
        for (driver, slot) in world.drivers.iter().enumerate() {
            let Some(running) = slot else {
                let others = world.drivers.iter().flatten();
                let owner_lives = others
                    .clone()
                    .any(|other| other.epoch == world.journal.epoch);
                if !world.journal.saga.ended()
                    && (!world.journal.leased || !owner_lives || left.pauses > 0)
                {
                    actions.push(Action::TakeOver { driver });
                }
                continue;
            };
            match running.doing {
                Doing::TakingOver => actions.push(Action::Resume { driver }),
                Doing::Sending(_) => actions.push(Action::Send { driver }),
                Doing::Waiting(_) => actions.push(Action::Wake { driver }),
                Doing::Awaiting(call) => {
                    let request = Request {
                        epoch: running.epoch,
                        call,
                    };
                    for answer in &world.network.answers {
                        if answer.to == request {
                            actions.push(Action::Answer {
                                driver,
                                answer: answer.clone(),
                            });
                        }
                    }
                    if !world.network.holds(&request) || left.impatient > 0 {
                        actions.push(Action::TimeOut { driver });
                    }
                }
            }
            if left.crashes > 0 {
                actions.push(Action::Crash { driver });
            }
        }
        if left.cancels > 0 && !world.journal.turned_back {
            actions.push(Action::Cancel);
        }
        if left.deadline > 0 && !world.journal.saga.ended() {
            actions.push(Action::PassDeadline);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut world = world.clone();
        match action {
            Action::Send { driver } => {
                let running = world.drivers[driver].as_mut()?;
                let Doing::Sending(call) = running.doing else {
                    return None;
                };
                running.doing = Doing::Awaiting(call);
                let epoch = running.epoch;
                world.network.send(Request { epoch, call });
            }
            Action::Deliver {
                request,
                refuse,
                again,
            } => {
                let participant = &mut world.participants[request.call.step as usize];
                let tombstones = !self.lacks(Missing::Tombstone);
                let outcome = participant.handle(request.call.direction, refuse, tombstones);
                world.left.refusals -= u8::from(refuse);
                world.left.repeated -= u8::from(again);
                if !again {
                    take(&mut world.network.requests, &request);
                }
                // An answer that nobody waits for any more changes nothing.
                if awaited(&world, &request) {
                    world.network.answer(Answer {
                        to: request,
                        outcome,
                    });
                }
            }
            Action::LoseRequest(request) => {
                take(&mut world.network.requests, &request);
                world.left.lost -= 1;
            }
            Action::LoseAnswer(answer) => {
                take(&mut world.network.answers, &answer);
                world.left.lost -= 1;
            }
            Action::Answer { driver, answer } => {
                take(&mut world.network.answers, &answer);
                let happened = Happened::Answered(answer.to.call, answer.outcome);
                self.drive(&mut world, driver, &happened);
            }
            Action::TimeOut { driver } => {
                let running = world.drivers[driver].as_ref()?;
                let Doing::Awaiting(call) = running.doing else {
                    return None;
                };
                let request = Request {
                    epoch: running.epoch,
                    call,
                };
                world.left.impatient -= u8::from(world.network.holds(&request));
                let happened = Happened::Answered(call, Outcome::Unknown("no answer".into()));
                self.drive(&mut world, driver, &happened);
            }
            Action::Wake { driver } => {
                let Doing::Waiting(until) = world.drivers[driver].as_ref()?.doing else {
                    return None;
                };
                world.now = world.now.max(until);
                self.drive(&mut world, driver, &Happened::Woken);
            }
            Action::TakeOver { driver } => {
                let mut others = world.drivers.iter().flatten();
                let owner_lives = others.any(|other| other.epoch == world.journal.epoch);
                world.left.pauses -= u8::from(world.journal.leased && owner_lives);
                world.journal.epoch += 1;
                world.journal.leased = true;
                world.drivers[driver] = Some(Driver {
                    epoch: world.journal.epoch,
                    saga: world.journal.saga.clone(),
                    doing: Doing::TakingOver,
                });
            }
            Action::Resume { driver } => {
                self.drive(&mut world, driver, &Happened::TakenOver { hurry: false });
            }
            Action::Crash { driver } => {
                world.drivers[driver] = None;
                world.left.crashes -= 1;
            }
            Action::Cancel => {
                world.left.cancels -= 1;
                let decision = decide(
                    &self.policy,
                    &world.journal.saga,
                    &Happened::Cancelled,
                    world.now,
                );
                world.journal.epoch += 1;
                world.journal.leased = false;
                world.journal.write(&decision);
            }
            Action::PassDeadline => {
                world.left.deadline -= 1;
                world.now = world.now.max(self.policy.deadline);
            }
        }
        let World {
            network, drivers, ..
        } = &mut world;
        network.answers.retain(|answer| {
            let waits = |driver: &Driver| driver.doing == Doing::Awaiting(answer.to.call);
            drivers
                .iter()
                .flatten()
                .any(|driver| driver.epoch == answer.to.epoch && waits(driver))
        });
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

fn awaited(world: &World, request: &Request) -> bool {
    let waits = |driver: &Driver| {
        driver.epoch == request.epoch && driver.doing == Doing::Awaiting(request.call)
    };
    world.drivers.iter().flatten().any(waits)
}

fn take<T: PartialEq>(messages: &mut Vec<T>, message: &T) {
    if let Some(index) = messages.iter().position(|other| other == message) {
        messages.remove(index);
    }
}
