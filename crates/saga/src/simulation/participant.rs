//! The participant of one step, as a test sees it.

use crate::{Direction, Outcome};

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
    /// A call arrives.
    pub fn receive(&mut self, direction: Direction) -> Outcome {
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
