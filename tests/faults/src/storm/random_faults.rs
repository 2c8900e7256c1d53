//! The faults of a storm: each call has one with a probability that changes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::random::Random;
use crate::proxy::{Fault, FaultInjector, Participant, StepCall};

/// Percent of calls with a fault, unless the schedule has another rate.
const BASE_RATE: u64 = 4;
/// The random stream of requests that are no steps.
const OTHER_STREAM: u64 = 100;

pub struct RandomFaults {
    seed: u64,
    /// Percent of the calls to each participant.
    chances: [AtomicU64; 3],
    calls: [AtomicU64; 3],
    others: AtomicU64,
    faults: AtomicUsize,
}

impl RandomFaults {
    /// No faults until [`Self::begin`].
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            chances: Default::default(),
            calls: Default::default(),
            others: AtomicU64::new(0),
            faults: AtomicUsize::new(0),
        }
    }

    pub fn begin(&self) {
        Participant::ALL
            .into_iter()
            .for_each(|participant| self.set(participant, BASE_RATE));
    }

    /// Sets the percentage of calls to the participant that have a fault.
    pub fn set(&self, participant: Participant, percent: u64) {
        self.chances[participant as usize].store(percent, Ordering::Relaxed);
    }

    pub fn reset(&self, participant: Participant) {
        self.set(participant, BASE_RATE);
    }

    /// Ends all faults.
    pub fn end(&self) {
        Participant::ALL
            .into_iter()
            .for_each(|participant| self.set(participant, 0));
    }

    /// How many calls have had a fault.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    fn hit(&self, random: &mut Random, participant: Participant) -> bool {
        let hit = random.percent(self.chances[participant as usize].load(Ordering::Relaxed));
        self.faults.fetch_add(usize::from(hit), Ordering::Relaxed);
        hit
    }
}

impl FaultInjector for RandomFaults {
    fn step(&self, call: &StepCall) -> Fault {
        let who = call.participant as usize;
        let number = self.calls[who].fetch_add(1, Ordering::Relaxed);
        let mut random = Random::of(self.seed, 10 + who as u64, number);
        match self.hit(&mut random, call.participant) {
            true => any(&mut random),
            false => Fault::None,
        }
    }

    fn other(&self) -> Fault {
        let number = self.others.fetch_add(1, Ordering::Relaxed);
        let mut random = Random::of(self.seed, OTHER_STREAM, number);
        match self.hit(&mut random, Participant::Warehouse) {
            true => any_without_effect(&mut random),
            false => Fault::None,
        }
    }
}

fn any(random: &mut Random) -> Fault {
    let arrives = random.percent(50);
    match random.below(20) {
        0..3 => Fault::Refused,
        3..7 => Fault::AnswerLost,
        7 => Fault::Status { code: 500, arrives },
        8 => Fault::Status { code: 429, arrives },
        9 => Fault::Status { code: 503, arrives },
        10 => Fault::Garbage { code: 200, arrives },
        11 => Fault::Garbage { code: 409, arrives },
        12..15 => Fault::Slow(Duration::from_millis(500 + random.below(4_000))),
        15 => Fault::Twice,
        16 => Fault::TwiceAtOnce,
        _ => Fault::Copied,
    }
}

/// A fault of a request for prices, which changes nothing.
fn any_without_effect(random: &mut Random) -> Fault {
    match random.below(4) {
        0 => Fault::Refused,
        1 => Fault::AnswerLost,
        2 => Fault::Status {
            code: 503,
            arrives: false,
        },
        _ => Fault::Garbage {
            code: 200,
            arrives: false,
        },
    }
}
