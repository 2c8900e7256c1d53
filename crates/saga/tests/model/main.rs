//! The whole protocol, checked exhaustively: drivers with leases and epochs, three participants with
//! barriers, a network that loses, repeats and reorders, processes that die, a customer who cancels.
//! The driver's decisions are the real ones, [`saga::decide`]; what surrounds them is modelled in
//! [`world`], one file for each part.
//!
//! The bound is how much of each misfortune may come together ([`misfortunes::Misfortunes`]); within it
//! every order of events is visited. The last tests break a rule on purpose, to show that the check
//! would find it.

mod driver;
mod journal;
mod misfortunes;
mod network;
mod participant;
mod properties;
mod world;

use std::{thread, time::Instant};

use stateright::{Checker, DiscoveryClassification, HasDiscoveries, Model};

use misfortunes::{Misfortunes, Missing};
use world::Protocol;

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Visits every state within the bound and asserts that all properties hold in each.
fn holds(name: &str, misfortunes: Misfortunes) {
    let began = Instant::now();
    let protocol = Protocol::sound(misfortunes.clone());
    let checker = protocol.checker().threads(threads()).spawn_bfs().join();
    println!(
        "{name}: {} states, {} of them different, at most {} steps deep, {:.1?}, bound {misfortunes:?}",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        began.elapsed(),
    );
    checker.assert_properties();
}

/// Breaks a rule and asserts that the check finds the harm that it does.
fn is_found(missing: Missing, misfortunes: Misfortunes) {
    let protocol = Protocol::without(misfortunes, missing);
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
        .unwrap_or_else(|| panic!("without {missing:?} does no harm that the check finds"));
    println!("without {missing:?}: `{property}` fails after");
    for action in path.clone().into_actions() {
        println!("    {action:?}");
    }
}

#[test]
fn a_network_that_loses_and_repeats() {
    holds(
        "network",
        Misfortunes {
            lost: 2,
            repeated: 2,
            impatient: 1,
            refusals: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn drivers_that_die_and_drivers_that_sleep() {
    holds(
        "drivers",
        Misfortunes {
            crashes: 1,
            pauses: 2,
            lost: 1,
            refusals: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn a_customer_who_cancels_at_any_moment() {
    holds(
        "cancellation",
        Misfortunes {
            cancels: 1,
            crashes: 1,
            pauses: 1,
            lost: 1,
            repeated: 1,
            refusals: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn a_deadline_that_passes() {
    holds(
        "deadline",
        Misfortunes {
            deadline: 1,
            lost: 2,
            repeated: 1,
            impatient: 1,
            crashes: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn without_the_tombstone_a_late_copy_does_harm() {
    is_found(
        Missing::Tombstone,
        Misfortunes {
            cancels: 1,
            impatient: 1,
            pauses: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn without_the_epoch_test_an_old_driver_does_harm() {
    is_found(
        Missing::EpochTest,
        Misfortunes {
            cancels: 1,
            pauses: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn without_the_undo_of_an_unknown_step_money_is_lost() {
    is_found(
        Missing::UndoOfTheUnknown,
        Misfortunes {
            deadline: 1,
            lost: 1,
            impatient: 1,
            ..Misfortunes::NONE
        },
    );
}

#[test]
fn without_the_undo_of_a_refused_step_a_copy_does_harm() {
    is_found(
        Missing::UndoOfTheRefused,
        Misfortunes {
            repeated: 1,
            refusals: 1,
            ..Misfortunes::NONE
        },
    );
}
