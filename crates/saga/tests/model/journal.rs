//! The database of the orchestrator: one saga's row.

use saga::{JournalEntry, Phase, Saga, StepName, Transition};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Journal {
    pub saga: Saga,
    pub epoch: u8,
    /// A driver holds the lease of `epoch`.
    pub leased: bool,
    /// The saga is being undone, for whatever reason.
    pub compensating: bool,
    /// A rule that an entry broke.
    pub broken_rule: Option<&'static str>,
}

impl Journal {
    pub fn new(transition: &Transition) -> Self {
        Self {
            saga: timeless(transition.saga.clone()),
            epoch: 1,
            leased: true,
            compensating: false,
            broken_rule: None,
        }
    }

    /// Writes a transition, whatever its author's epoch: the caller tests whether it may.
    pub fn write(&mut self, transition: &Transition) {
        let before = self.saga.clone();
        self.saga = timeless(transition.saga.clone());
        let undo_was_sent = |step: &StepName| {
            let step = before.step(step).and_then(|step| step.undo.as_ref());
            step.is_some_and(|undo| undo.attempts > 0)
        };
        let mut undos_sent: Vec<StepName> = Vec::new();
        for entry in &transition.entries {
            match entry {
                JournalEntry::CompensationStarted { .. } => self.compensating = true,
                JournalEntry::UndoSent { step, attempt, .. } => {
                    let later = self.saga.steps.iter().rev();
                    let later = later.take_while(|later| later.name != *step);
                    let in_reverse = later.filter(|later| later.undo.is_some()).all(|later| {
                        undo_was_sent(&later.name) || undos_sent.contains(&later.name)
                    });
                    if *attempt == 1 && !in_reverse {
                        self.broken_rule = Some("undo in reverse order");
                    }
                    let never_sent = before.step(step).is_none_or(|step| step.attempts == 0);
                    if never_sent {
                        self.broken_rule = Some("undo only what was sent");
                    }
                    undos_sent.push(step.clone());
                }
                JournalEntry::Undone { step, .. } => {
                    let undo = before.step(step).and_then(|step| step.undo.as_ref());
                    if undo.is_some_and(|undo| undo.done) {
                        self.broken_rule = Some("undone once");
                    }
                }
                _ => {}
            }
        }
        if self.compensating && matches!(self.saga.phase, Phase::Running | Phase::Completed) {
            self.broken_rule = Some("a cancelled saga stays cancelled");
        }
        if self.saga.has_ended() {
            self.leased = false;
        }
    }
}

/// Drops what nothing depends on, so that states which go on alike are one.
fn timeless(mut saga: Saga) -> Saga {
    for step in &mut saga.steps {
        step.started_at = None;
        step.ended_at = None;
        step.last_error = None;
        if let Some(undo) = &mut step.undo {
            undo.last_error = None;
        }
    }
    saga
}
