//! The faults of a storm: each call meets one with a chance that changes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::dice::Dice;
use crate::proxy::{Fault, Participant, Script, StepCall};

/// Of a hundred calls, when nothing else is forecast.
const USUAL: u64 = 4;
/// Who throws the dice for the requests that are no steps.
const OTHER: u64 = 100;

pub struct Weather {
    seed: u64,
    /// Of a hundred calls to each participant.
    chances: [AtomicU64; 3],
    calls: [AtomicU64; 3],
    others: AtomicU64,
    faults: AtomicUsize,
}

impl Weather {
    /// Fair until it begins.
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
            .for_each(|participant| self.set(participant, USUAL));
    }

    /// So many of a hundred calls to the participant meet a fault from now on.
    pub fn set(&self, participant: Participant, percent: u64) {
        self.chances[participant as usize].store(percent, Ordering::Relaxed);
    }

    pub fn calm_down(&self, participant: Participant) {
        self.set(participant, USUAL);
    }

    /// Nothing befalls any call any more.
    pub fn end(&self) {
        Participant::ALL
            .into_iter()
            .for_each(|participant| self.set(participant, 0));
    }

    /// How many calls have met one.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    fn meets(&self, dice: &mut Dice, participant: Participant) -> bool {
        let meets = dice.percent(self.chances[participant as usize].load(Ordering::Relaxed));
        self.faults.fetch_add(usize::from(meets), Ordering::Relaxed);
        meets
    }
}

impl Script for Weather {
    fn step(&self, call: &StepCall) -> Fault {
        let who = call.participant as usize;
        let number = self.calls[who].fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice::of(self.seed, 10 + who as u64, number);
        match self.meets(&mut dice, call.participant) {
            true => any(&mut dice),
            false => Fault::None,
        }
    }

    fn other(&self) -> Fault {
        let number = self.others.fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice::of(self.seed, OTHER, number);
        match self.meets(&mut dice, Participant::Warehouse) {
            true => harmless(&mut dice),
            false => Fault::None,
        }
    }
}

fn any(dice: &mut Dice) -> Fault {
    let arrives = dice.percent(50);
    match dice.below(20) {
        0..3 => Fault::Refused,
        3..7 => Fault::AnswerLost,
        7 => Fault::Status { code: 500, arrives },
        8 => Fault::Status { code: 429, arrives },
        9 => Fault::Status { code: 503, arrives },
        10 => Fault::Garbage { code: 200, arrives },
        11 => Fault::Garbage { code: 409, arrives },
        12..15 => Fault::Slow(Duration::from_millis(500 + dice.below(4_000))),
        15 => Fault::Twice,
        16 => Fault::TwiceAtOnce,
        _ => Fault::Kept,
    }
}

/// What can befall a question about prices.
fn harmless(dice: &mut Dice) -> Fault {
    match dice.below(4) {
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
