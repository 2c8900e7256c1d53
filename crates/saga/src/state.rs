//! How a saga stands.

use serde::{Deserialize, Serialize};

use crate::{DEFINITION, Event, Millis, Policy, Step, StepName, StepState, Undo};

/// Where a saga is heading, or where it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    Running,
    Compensating,
    Completed,
    Compensated,
}

/// A [`Phase`] as a person is shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ShownState {
    Running,
    Compensating,
    Completed,
    Compensated,
    /// A compensation has failed so often that a person should look; it is still retried.
    Stuck,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saga {
    /// The version of the definition that wrote this state.
    pub definition: i32,
    pub phase: Phase,
    /// Spreads the retries.
    pub seed: u32,
    /// From here on an unknown outcome turns the saga back.
    pub deadline: Millis,
    /// One for each of [`StepName::ALL`], in that order.
    pub steps: [Step; 3],
}

/// The step that a person would look at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    pub step: StepName,
    /// How often it was tried: PUTs, or DELETEs once the saga has turned back.
    pub attempt: u32,
    /// When the next attempt leaves; `None` while one is on its way.
    pub next_attempt_at: Option<Millis>,
    pub last_error: Option<String>,
}

impl Saga {
    pub(crate) fn new(seed: u32, deadline: Millis) -> Self {
        Self {
            definition: DEFINITION,
            phase: Phase::Running,
            seed,
            deadline,
            steps: StepName::ALL.map(Step::waiting),
        }
    }

    /// The state that a whole journal tells of; `None` when it does not begin with
    /// [`Event::Placed`].
    pub fn replay<'a>(journal: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut events = journal.into_iter();
        let Some(&Event::Placed { seed, deadline, .. }) = events.next() else {
            return None;
        };
        let mut saga = Self::new(seed, deadline);
        events.for_each(|event| saga.apply(event));
        Some(saga)
    }

    pub fn step(&self, name: StepName) -> &Step {
        let [charge, items, courier] = &self.steps;
        match name {
            StepName::Charge => charge,
            StepName::ReserveItems => items,
            StepName::ReserveCourier => courier,
        }
    }

    pub(crate) fn step_mut(&mut self, name: StepName) -> &mut Step {
        let [charge, items, courier] = &mut self.steps;
        match name {
            StepName::Charge => charge,
            StepName::ReserveItems => items,
            StepName::ReserveCourier => courier,
        }
    }

    /// Nothing is left to do, unless a customer cancels.
    pub const fn ended(&self) -> bool {
        matches!(self.phase, Phase::Completed | Phase::Compensated)
    }

    /// The step that is being done, while the saga runs.
    pub fn current(&self) -> Option<&Step> {
        let under_way =
            |step: &&Step| matches!(step.state, StepState::Running | StepState::Unknown);
        match self.phase {
            Phase::Running => self.steps.iter().find(under_way),
            _ => None,
        }
    }

    /// The compensations still to be done, in the order in which they are sent.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = (StepName, &Undo)> {
        let steps = self.steps.iter().rev();
        steps.filter_map(|step| Some((step.name, step.pending_undo()?)))
    }

    pub fn shown(&self, policy: &Policy) -> ShownState {
        match self.phase {
            Phase::Running => ShownState::Running,
            Phase::Completed => ShownState::Completed,
            Phase::Compensated => ShownState::Compensated,
            Phase::Compensating => {
                let stuck = |undo: &Undo| undo.failures() >= policy.stuck_after;
                match self.pending().any(|(_, undo)| stuck(undo)) {
                    true => ShownState::Stuck,
                    false => ShownState::Compensating,
                }
            }
        }
    }

    /// The step under way: of several compensations the one that has failed most. `None` when the
    /// saga has ended.
    pub fn focus(&self) -> Option<Focus> {
        if let Some(step) = self.current() {
            return Some(Focus {
                step: step.name,
                attempt: step.attempts,
                next_attempt_at: step.due_at,
                last_error: step.last_error.clone(),
            });
        }
        // Of equals the last one counts, which reversed is the first to be sent.
        let worst = self.pending().rev();
        let (step, undo) = worst.max_by_key(|(_, undo)| undo.failures())?;
        Some(Focus {
            step,
            attempt: undo.attempts,
            next_attempt_at: (!undo.sent).then_some(undo.due_at),
            last_error: undo.last_error.clone(),
        })
    }
}
