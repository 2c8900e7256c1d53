//! A participant's barrier: one row a saga, as the functions of its migrations keep it.

use saga::{Direction, Outcome};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Participant {
    #[default]
    Nothing,
    /// The charge or reservation stands.
    Done,
    Undone,
    /// A tombstone: told to undo before it did anything.
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
