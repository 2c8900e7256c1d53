//! A test case: a scenario, one of its calls, and the fault of that call.

use std::ops::RangeInclusive;

use crate::fault_plans::{EVERY_ATTEMPT, FaultRule};
use crate::proxy::{Gate, Participant, Verb};
use crate::scenario::{Ending, Scenario};

use super::database_fault::{DatabaseFault, Owner};
use super::injected_fault::InjectedFault;

#[derive(Clone, Copy, Debug)]
pub struct TestCase {
    pub scenario: Scenario,
    pub participant: Participant,
    pub verb: Verb,
    pub fault: InjectedFault,
    /// Whether every attempt has the fault, not only the first.
    pub permanent: bool,
}

impl TestCase {
    pub fn row(&self) -> String {
        format!("{}: {} {}", self.scenario, self.verb, self.participant)
    }

    pub fn name(&self) -> String {
        let permanent = if self.permanent {
            " at every attempt"
        } else {
            ""
        };
        format!("{}, {}{permanent}", self.row(), self.fault.names().1)
    }

    pub fn ending(&self) -> Ending {
        match self.never_answered() {
            true => Ending::refused(self.participant, "NO_ANSWER"),
            false => self.scenario.ending(),
        }
    }

    /// Its PUT meets the deadline.
    pub fn never_answered(&self) -> bool {
        self.permanent && self.verb == Verb::Put
    }

    /// Its DELETE fails until the fault is removed.
    pub fn gets_stuck(&self) -> bool {
        self.permanent && self.verb == Verb::Delete
    }

    /// Whether its fault may reach other calls to the system as well.
    pub fn reaches_others(&self) -> bool {
        matches!(self.fault, InjectedFault::Database { .. })
    }

    pub fn rules(&self, attempts: RangeInclusive<u32>, gate: &Gate) -> Vec<FaultRule> {
        vec![FaultRule {
            participant: self.participant,
            verb: self.verb,
            attempts,
            fault: self.fault.fault(gate),
        }]
    }

    /// The attempts that have the fault.
    pub fn attempts(&self) -> RangeInclusive<u32> {
        match self.permanent {
            true => EVERY_ATTEMPT,
            false => 1..=1,
        }
    }
}

/// Every call of every scenario, with each of these faults.
pub fn cross(scenarios: &[Scenario], faults: &[InjectedFault], permanent: bool) -> Vec<TestCase> {
    let calls = scenarios.iter().flat_map(|scenario| {
        let calls = scenario.calls().into_iter();
        calls.map(|(participant, verb)| (*scenario, participant, verb))
    });
    calls
        .flat_map(|(scenario, participant, verb)| {
            let case = move |fault: &InjectedFault| TestCase {
                scenario,
                participant,
                verb,
                fault: *fault,
                permanent,
            };
            faults.iter().map(case).collect::<Vec<_>>()
        })
        .collect()
}

/// The scenarios with a fault at each call.
pub const SCENARIOS: [Scenario; 5] = [
    Scenario::Succeeds,
    Scenario::FailsAt(Participant::Billing),
    Scenario::FailsAt(Participant::Warehouse),
    Scenario::FailsAt(Participant::Delivery),
    Scenario::CancelledWhenReady,
];

pub fn once() -> Vec<TestCase> {
    cross(&SCENARIOS, &InjectedFault::ONCE, false)
}

/// A PUT that is never answered makes the saga compensate; a DELETE that fails makes it stuck until it succeeds.
pub fn permanent() -> Vec<TestCase> {
    cross(
        &[Scenario::Succeeds, Scenario::CancelledWhenReady],
        InjectedFault::PERMANENT,
        true,
    )
}

pub fn during_cancellation() -> Vec<TestCase> {
    cross(
        &Participant::ALL.map(Scenario::CancelledDuring),
        &InjectedFault::DURING_CANCELLATION,
        false,
    )
}

/// Every call of every scenario, with each of these faults of the participant's database and of the order service's.
pub fn of_databases(faults: &[DatabaseFault]) -> Vec<TestCase> {
    let of = |owner| {
        move |fault: &DatabaseFault| InjectedFault::Database {
            owner,
            fault: *fault,
        }
    };
    let participants = faults.iter().map(of(Owner::Participant));
    let orders = faults.iter().map(of(Owner::Orders));
    let faults: Vec<_> = participants.chain(orders).collect();
    cross(&SCENARIOS, &faults, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_every_scenario_has_a_case() {
        // 3 PUTs; 1 + 1; 2 + 2; 3 + 3; 3 DELETEs.
        assert_eq!(once().len(), 18 * 13);
        assert_eq!(permanent().len(), 6 * 10);
        assert_eq!(during_cancellation().len(), 6);
        let of_databases = DatabaseFault::GROUPS.map(|faults| of_databases(faults).len());
        assert_eq!(of_databases.iter().sum::<usize>(), 18 * 10 * 2);
    }
}
