//! The printed tables of the matrix.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::check::CaseResult;
use super::database_fault::{DatabaseFault, Owner};
use super::injected_fault::InjectedFault;
use super::test_case::{SCENARIOS, TestCase};

/// All results.
pub struct Report {
    begun: Instant,
    results: Vec<CaseResult>,
}

/// The progress of a group of cases.
pub(super) struct Progress {
    all: usize,
    ended: AtomicUsize,
    failed: AtomicUsize,
}

impl Progress {
    pub fn of(all: usize) -> Self {
        Self {
            all,
            ended: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        }
    }

    pub fn count(&self, well: bool) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.failed.fetch_add(usize::from(!well), Ordering::Relaxed);
    }

    pub fn show(&self) {
        let (ended, failed) = (
            self.ended.load(Ordering::Relaxed),
            self.failed.load(Ordering::Relaxed),
        );
        println!(
            "matrix: {ended} of {} sagas have ended, {failed} cases failed",
            self.all
        );
    }
}

impl Report {
    pub(super) fn new(begun: Instant) -> Self {
        Self {
            begun,
            results: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, results: Vec<CaseResult>) {
        self.results.extend(results);
    }

    /// Adds failures that belong to no case, if there are any.
    pub(super) fn add_without_case(&mut self, wrong: Vec<String>) {
        if !wrong.is_empty() {
            self.results.push(CaseResult::without_case(wrong));
        }
    }

    pub fn cases(&self) -> usize {
        self.results
            .iter()
            .filter(|result| result.case.is_some())
            .count()
    }

    pub fn failures(&self) -> usize {
        self.results
            .iter()
            .filter(|result| !result.wrong.is_empty())
            .count()
    }

    /// The cases that failed, with what is wrong with each.
    pub fn failed(&self) -> impl Iterator<Item = (TestCase, &[String])> {
        let failed = self
            .results
            .iter()
            .filter(|result| !result.wrong.is_empty());
        failed.filter_map(|result| Some((result.case?, result.wrong.as_slice())))
    }

    /// Prints the tables and the failures with their journals.
    pub(super) fn print(&self) {
        let once = |case: &TestCase| {
            !case.permanent
                && !case.reaches_others()
                && !InjectedFault::DURING_CANCELLATION.contains(&case.fault)
        };
        let of = |owned_by| move |case: &TestCase| matches!(case.fault, InjectedFault::Database { owner, .. } if owner == owned_by);
        self.table(
            "A fault at one attempt of a call: seconds from the order to the end of its saga",
            once,
        );
        self.table(
            "A fault at every attempt: a PUT meets the deadline, a DELETE is stuck until the fault ends",
            |case| case.permanent,
        );
        self.table("Cancelled during a call", |case| {
            InjectedFault::DURING_CANCELLATION.contains(&case.fault)
        });
        self.table(
            "A fault of the participant's database at the statement of the call",
            of(Owner::Participant),
        );
        self.table(
            "A fault of the order service's database at the journal write after the call",
            of(Owner::Orders),
        );
        for result in self
            .results
            .iter()
            .filter(|result| !result.wrong.is_empty())
        {
            let name = result
                .case
                .map_or_else(|| "(no case)".to_owned(), |case| case.name());
            println!("\nFAILED  {name}");
            result.wrong.iter().for_each(|wrong| println!("  {wrong}"));
            result
                .journal
                .iter()
                .for_each(|entry| println!("    {entry}"));
        }
        println!(
            "\n{} cases, {} failed, in {:.0} s",
            self.cases(),
            self.failures(),
            self.begun.elapsed().as_secs_f32()
        );
    }

    fn table(&self, title: &str, belongs: impl Fn(&TestCase) -> bool) {
        let cases: Vec<(&CaseResult, TestCase)> = self
            .results
            .iter()
            .filter_map(|result| Some((result, result.case?)))
            .filter(|(_, case)| belongs(case))
            .collect();
        if cases.is_empty() {
            return;
        }
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for (_, case) in &cases {
            if !rows.contains(&case.row()) {
                rows.push(case.row());
            }
            if !faults.contains(&case.fault) {
                faults.push(case.fault);
            }
        }
        // The cases end in any order.
        faults.sort_by_key(|fault| place(*fault));
        rows.sort_by_key(|row| row_place(&cases, row));
        println!("\n{title}\n");
        let heads: String = faults
            .iter()
            .map(|fault| format!("{:>9}", fault.names().0))
            .collect();
        println!("{:<38}{heads}", "");
        for row in &rows {
            let line: String = faults
                .iter()
                .map(|fault| entry(&cases, row, *fault))
                .collect();
            println!("{row:<38}{line}");
        }
        println!();
        for fault in &faults {
            println!("  {:<9} {}", fault.names().0, fault.names().1);
        }
    }
}

fn entry(cases: &[(&CaseResult, TestCase)], row: &str, fault: InjectedFault) -> String {
    let found = cases
        .iter()
        .find(|(_, case)| case.row() == row && case.fault == fault);
    let text = match found {
        None => "-".to_owned(),
        Some((result, _)) if !result.wrong.is_empty() => "FAILED".to_owned(),
        Some((result, _)) => result.took.map_or_else(
            || "?".to_owned(),
            |took| format!("{:.1}", took.as_secs_f32()),
        ),
    };
    format!("{text:>9}")
}

fn place(fault: InjectedFault) -> usize {
    if let InjectedFault::Database { fault, .. } = fault {
        let mut all = DatabaseFault::GROUPS.into_iter().flatten();
        return all.position(|known| *known == fault).unwrap_or(usize::MAX);
    }
    let all = InjectedFault::ONCE
        .iter()
        .chain(InjectedFault::KILLS.into_iter().flatten());
    all.chain(&InjectedFault::DURING_CANCELLATION)
        .position(|known| *known == fault)
        .unwrap_or(usize::MAX)
}

fn row_place(cases: &[(&CaseResult, TestCase)], row: &str) -> usize {
    let calls = SCENARIOS.iter().flat_map(|scenario| {
        scenario
            .calls()
            .into_iter()
            .map(move |(participant, verb)| (*scenario, participant, verb))
    });
    let case = cases
        .iter()
        .find(|(_, case)| case.row() == row)
        .map(|(_, case)| *case);
    let mut known = calls;
    case.and_then(|case| {
        known.position(|call| call == (case.scenario, case.participant, case.verb))
    })
    .unwrap_or(usize::MAX)
}
