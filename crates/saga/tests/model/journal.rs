//! The order service's database: one saga's row.

use saga::{Decision, Event, Phase, Saga, StepName};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Journal {
    pub saga: Saga,
    pub epoch: u8,
    /// Somebody holds the lease of `epoch`.
    pub leased: bool,
    /// The order was cancelled, for whatever reason.
    pub turned_back: bool,
    /// A rule that an entry broke.
    pub broken_rule: Option<&'static str>,
}

impl Journal {
    pub fn new(decision: &Decision) -> Self {
        Self {
            saga: timeless(decision.saga.clone()),
            epoch: 1,
            leased: true,
            turned_back: false,
            broken_rule: None,
        }
    }

    /// Writes a decision, whatever its author's epoch: whether it may is for the caller to test.
    pub fn write(&mut self, decision: &Decision) {
        let before = self.saga.clone();
        self.saga = timeless(decision.saga.clone());
        let mut told = StepName::ALL.map(|step| before.step(step).undo.clone());
        for event in &decision.events {
            match event {
                Event::TurnedBack { .. } => self.turned_back = true,
                Event::UndoSent { step, attempt, .. } => {
                    let index = *step as usize;
                    let later_ones_told = (index + 1..3).all(|later| {
                        self.saga.steps[later].attempts == 0
                            || self.saga.steps[later].undo.is_none()
                            || told[later].as_ref().is_some_and(|undo| undo.attempts > 0)
                    });
                    if *attempt == 1 && !later_ones_told {
                        self.broken_rule = Some("undo in reverse order");
                    }
                    told[index] = self.saga.steps[index].undo.clone();
                }
                Event::Undone { step, .. }
                    if before
                        .step(*step)
                        .undo
                        .as_ref()
                        .is_some_and(|undo| undo.done) =>
                {
                    self.broken_rule = Some("undone once");
                }
                _ => {}
            }
        }
        if self.turned_back && matches!(self.saga.phase, Phase::Running | Phase::Completed) {
            self.broken_rule = Some("a cancelled order stays cancelled");
        }
        if self.saga.ended() {
            self.leased = false;
        }
    }
}

/// Drops what tells only a person something, so that states which go on alike are one.
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
