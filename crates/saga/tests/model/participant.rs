//! A participant's barrier: what it has recorded of the saga.

use saga::{Direction, Outcome};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Participant {
    #[default]
    Nothing,
    Done,
    Undone,
    /// A tombstone: it was told to undo what it had not done.
    Void,
}

impl Participant {
    /// Handles a call. `refuse` says whether it refuses to do what it has not done yet;
    /// `tombstones` whether an undo of nothing is remembered.
    pub fn handle(&mut self, direction: Direction, refuse: bool, tombstones: bool) -> Outcome {
        match (direction, *self) {
            (Direction::Do, Self::Nothing) if refuse => Outcome::Refused("NO".into()),
            (Direction::Do, Self::Nothing | Self::Done) => {
                *self = Self::Done;
                Outcome::Done
            }
            (Direction::Do, Self::Undone | Self::Void) => {
                Outcome::Refused("ALREADY_COMPENSATED".into())
            }
            (Direction::Undo, Self::Nothing) => {
                if tombstones {
                    *self = Self::Void;
                }
                Outcome::Done
            }
            (Direction::Undo, Self::Done | Self::Undone) => {
                *self = Self::Undone;
                Outcome::Done
            }
            (Direction::Undo, Self::Void) => Outcome::Done,
        }
    }
}
