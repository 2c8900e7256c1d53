//! The tests that stop and kill what they test: in two halves, on a system each, since they wait more than they compute.

use anyhow::Result;
use stack::HostKind;

use super::side_by_side::Run;
use super::test_programs;
use super::tested_system::TestedSystem;

/// What runs on the system that is there. The other half is everything that is named nowhere here.
const FIRST_HALF: [&str; 7] = [
    "administrator::",
    "all_couriers::",
    "crash::",
    "outage::",
    "partial_outage::",
    "secrets::",
    "telemetry::",
];
/// What needs both processors.
const ALONE: [&str; 1] = ["limits::"];
/// What checks all that was left, and so runs on both systems, at last.
const LAST: &str = "whole_";

/// Runs all tests of the program `restart`.
pub fn check(system: &TestedSystem, kind: HostKind) -> Result<()> {
    let other = TestedSystem::start(kind)?;
    let tested = halves(system, &other).and_then(|()| {
        let arguments = filters(&ALONE, &[LAST]);
        system.test("restart", "1", &[], &arguments)
    });
    tested.and(other.stop())
}

fn halves(system: &TestedSystem, other: &TestedSystem) -> Result<()> {
    let skipped = FIRST_HALF.iter().chain(&ALONE);
    let skipped = skipped.flat_map(|name| ["--skip".to_owned(), (*name).to_owned()]);
    let halves = [
        ("restart, one half", system, filters(&FIRST_HALF, &[])),
        ("restart, the other half", other, skipped.collect()),
    ];
    let programs = test_programs::compiled(&["restart"])?;
    let mut runs = Vec::new();
    for (name, system, arguments) in halves {
        for program in &programs {
            runs.push(Run {
                name: name.to_owned(),
                program: program.clone(),
                arguments: [arguments.as_slice(), &["--test-threads=1".to_owned()]].concat(),
                variables: system.variables()?,
            });
        }
    }
    test_programs::run_beside_each_other(runs)
}

fn filters(names: &[&str], more: &[&str]) -> Vec<String> {
    names
        .iter()
        .chain(more)
        .map(|name| (*name).to_owned())
        .collect()
}
