//! The whole protocol, checked exhaustively: drivers with leases and epochs, participants with barriers,
//! a network that loses, repeats and reorders, drivers that die, a cancellation at any moment. The
//! drivers decide by the real [`saga::decide`]; what surrounds them is modelled in [`protocol`], one file
//! for each part.
//!
//! The bound is how many [`faults::Faults`] may come together; within it every order of events is
//! visited, for sagas of one to five steps (of four and five with fewer faults, because the states
//! multiply). The last tests leave a rule out, to show that the check would find it.

#[path = "../definitions/mod.rs"]
mod definitions;
mod driver;
mod faults;
mod journal;
mod model;
mod network;
mod participant;
mod properties;
mod protocol;

use std::{thread, time::Instant};

use stateright::{Checker, DiscoveryClassification, HasDiscoveries, Model};

use definitions::{MOST, definition};
use faults::{Faults, Missing};
use protocol::Protocol;

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Visits every state of a saga of so many steps within the bound, and asserts that all properties hold.
fn holds(name: &str, steps: usize, faults: Faults) {
    let began = Instant::now();
    let protocol = Protocol::sound(definition(steps), faults.clone());
    let checker = protocol.checker().threads(threads()).spawn_bfs().join();
    println!(
        "{name}, {steps} steps: {} states, {} of them different, at most {} moves deep, {:.1?}, bound {faults:?}",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        began.elapsed(),
    );
    checker.assert_properties();
}

/// Checks sagas of one to three steps within the whole bound, and of four and five within the small one.
fn holds_for_all(name: &str, whole: &Faults, small: &Faults) {
    for steps in 1..=MOST {
        let faults = if steps <= 3 { whole } else { small };
        holds(name, steps, faults.clone());
    }
}

/// Leaves a rule out and asserts that the check finds the harm, in a saga of any length.
fn is_found(missing: Missing, faults: &Faults) {
    for steps in 1..=MOST {
        is_found_in(steps, missing, faults.clone());
    }
}

fn is_found_in(steps: usize, missing: Missing, faults: Faults) {
    let protocol = Protocol::without(definition(steps), faults, missing);
    let checker = protocol
        .checker()
        .threads(threads())
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let discoveries = checker.discoveries();
    let (property, path) = discoveries
        .iter()
        .find(|(name, _)| {
            matches!(
                checker.discovery_classification(name),
                DiscoveryClassification::Counterexample
            )
        })
        .unwrap_or_else(|| panic!("{steps} steps without {missing:?} do no harm that is found"));
    println!("{steps} steps without {missing:?}: `{property}` fails after");
    for action in path.clone().into_actions() {
        println!("    {action:?}");
    }
}

#[test]
fn a_network_that_loses_and_repeats() {
    holds_for_all(
        "network",
        &Faults {
            lost: 2,
            repeated: 2,
            timeouts: 1,
            refusals: 1,
            ..Faults::NONE
        },
        &Faults {
            lost: 1,
            repeated: 1,
            timeouts: 1,
            refusals: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn drivers_that_die_and_drivers_whose_lease_runs_out() {
    holds_for_all(
        "drivers",
        &Faults {
            crashes: 1,
            pauses: 2,
            lost: 1,
            refusals: 1,
            ..Faults::NONE
        },
        &Faults {
            crashes: 1,
            pauses: 1,
            refusals: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn a_cancellation_at_any_moment() {
    holds_for_all(
        "cancellation",
        &Faults {
            cancels: 1,
            crashes: 1,
            pauses: 1,
            lost: 1,
            repeated: 1,
            refusals: 1,
            ..Faults::NONE
        },
        &Faults {
            cancels: 1,
            pauses: 1,
            repeated: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn a_deadline_that_passes() {
    holds_for_all(
        "deadline",
        &Faults {
            deadline: 1,
            lost: 2,
            repeated: 1,
            timeouts: 1,
            crashes: 1,
            ..Faults::NONE
        },
        &Faults {
            deadline: 1,
            lost: 1,
            timeouts: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn without_the_tombstone_a_late_copy_does_harm() {
    is_found(
        Missing::Tombstone,
        &Faults {
            cancels: 1,
            timeouts: 1,
            pauses: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn without_the_epoch_test_an_old_driver_does_harm() {
    is_found(
        Missing::EpochTest,
        &Faults {
            cancels: 1,
            pauses: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn without_the_undo_of_an_unknown_step_its_effect_stays() {
    is_found(
        Missing::UndoOfUnknown,
        &Faults {
            deadline: 1,
            lost: 1,
            timeouts: 1,
            ..Faults::NONE
        },
    );
}

#[test]
fn without_the_undo_of_a_refused_step_a_copy_does_harm() {
    is_found(
        Missing::UndoOfRefused,
        &Faults {
            repeated: 1,
            refusals: 1,
            ..Faults::NONE
        },
    );
}
