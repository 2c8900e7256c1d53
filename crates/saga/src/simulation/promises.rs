//! What a simulation checks after every move.

use super::{participant::Record, run::Simulation};
use crate::{Call, Direction, JournalEntry, Phase, Saga, StepName};

impl<T> Simulation<T> {
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
