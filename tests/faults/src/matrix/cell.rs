//! One cell: a course, one of its calls, and what befalls that call.

use std::ops::RangeInclusive;

use crate::board::{EVERY_ATTEMPT, Rule};
use crate::proxy::{Gate, Participant, Verb};

use super::course::Ending;
use super::{Column, Course};

#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub course: Course,
    pub participant: Participant,
    pub verb: Verb,
    pub column: Column,
    /// Every attempt is befallen, not only the first.
    pub for_good: bool,
}

impl Cell {
    pub fn row(&self) -> String {
        format!("{}: {} {}", self.course, self.verb, self.participant)
    }

    pub fn name(&self) -> String {
        let for_good = if self.for_good { " for good" } else { "" };
        format!("{}, {}{for_good}", self.row(), self.column.names().1)
    }

    pub fn ending(&self) -> Ending {
        match self.never_answered() {
            true => Ending::refused(self.participant, "NO_ANSWER"),
            false => self.course.ending(),
        }
    }

    /// Its PUT meets the deadline.
    pub fn never_answered(&self) -> bool {
        self.for_good && self.verb == Verb::Put
    }

    /// Its DELETE fails until the fault is lifted.
    pub fn gets_stuck(&self) -> bool {
        self.for_good && self.verb == Verb::Delete
    }

    pub fn rules(&self, attempts: RangeInclusive<u32>, gate: &Gate) -> Vec<Rule> {
        vec![Rule {
            participant: self.participant,
            verb: self.verb,
            attempts,
            fault: self.column.fault(gate),
        }]
    }

    /// Which attempts are befallen when nobody is killed.
    pub fn attempts(&self) -> RangeInclusive<u32> {
        match self.for_good {
            true => EVERY_ATTEMPT,
            false => 1..=1,
        }
    }
}

/// Every call of every course, with each of these faults.
pub fn cross(courses: &[Course], columns: &[Column], for_good: bool) -> Vec<Cell> {
    let calls = courses.iter().flat_map(|course| {
        let calls = course.calls().into_iter();
        calls.map(|(participant, verb)| (*course, participant, verb))
    });
    calls
        .flat_map(|(course, participant, verb)| {
            let cell = move |column: &Column| Cell {
                course,
                participant,
                verb,
                column: *column,
                for_good,
            };
            columns.iter().map(cell).collect::<Vec<_>>()
        })
        .collect()
}

/// The courses on which each call is befallen.
pub const COURSES: [Course; 5] = [
    Course::Succeeds,
    Course::FailsAt(Participant::Billing),
    Course::FailsAt(Participant::Warehouse),
    Course::FailsAt(Participant::Delivery),
    Course::CancelledWhenReady,
];

pub fn on_the_way() -> Vec<Cell> {
    cross(&COURSES, &Column::ON_THE_WAY, false)
}

/// A PUT that is never answered turns its saga back; a DELETE that fails makes it stuck, until it succeeds.
pub fn for_good() -> Vec<Cell> {
    cross(
        &[Course::Succeeds, Course::CancelledWhenReady],
        &Column::FOR_GOOD,
        true,
    )
}

pub fn cancelled_under_way() -> Vec<Cell> {
    cross(
        &Participant::ALL.map(Course::CancelledDuring),
        &Column::CANCEL_MEETS,
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_every_course_is_there() {
        // 3 PUTs; 1 + 1; 2 + 2; 3 + 3; 3 DELETEs.
        assert_eq!(on_the_way().len(), 18 * 13);
        assert_eq!(for_good().len(), 6 * 10);
        assert_eq!(cancelled_under_way().len(), 6);
    }
}
