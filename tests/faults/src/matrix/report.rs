//! The matrix on paper.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::judge::Verdict;
use super::{Cell, Column};

/// All verdicts.
pub struct Report {
    begun: Instant,
    verdicts: Vec<Verdict>,
}

/// How far a group of cells is.
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
            "matrix: {ended} of {} sagas have ended, {failed} cells failed",
            self.all
        );
    }
}

impl Report {
    pub(super) fn new(begun: Instant) -> Self {
        Self {
            begun,
            verdicts: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, verdicts: Vec<Verdict>) {
        self.verdicts.extend(verdicts);
    }

    /// What is wrong and belongs to no cell, if anything.
    pub(super) fn add_of_no_cell(&mut self, wrong: Vec<String>) {
        if !wrong.is_empty() {
            self.verdicts.push(Verdict::of_no_cell(wrong));
        }
    }

    pub fn cells(&self) -> usize {
        self.verdicts
            .iter()
            .filter(|verdict| verdict.cell.is_some())
            .count()
    }

    pub fn failures(&self) -> usize {
        self.verdicts
            .iter()
            .filter(|verdict| !verdict.wrong.is_empty())
            .count()
    }

    /// The cells that failed, with what is wrong with each.
    pub fn failed(&self) -> impl Iterator<Item = (Cell, &[String])> {
        let failed = self
            .verdicts
            .iter()
            .filter(|verdict| !verdict.wrong.is_empty());
        failed.filter_map(|verdict| Some((verdict.cell?, verdict.wrong.as_slice())))
    }

    /// Prints the tables, and everything about what failed.
    pub(super) fn print(&self) {
        let once = |cell: &Cell| !cell.for_good && !Column::CANCEL_MEETS.contains(&cell.column);
        self.table(
            "What befalls a call once: seconds from the order to the end of its saga",
            once,
        );
        self.table(
            "What befalls a call for good: a PUT meets the deadline, a DELETE is stuck until the fault ends",
            |cell| cell.for_good,
        );
        self.table("What is on its way when the customer cancels", |cell| {
            Column::CANCEL_MEETS.contains(&cell.column)
        });
        for verdict in self
            .verdicts
            .iter()
            .filter(|verdict| !verdict.wrong.is_empty())
        {
            let name = verdict
                .cell
                .map_or_else(|| "(no cell)".to_owned(), |cell| cell.name());
            println!("\nFAILED  {name}");
            verdict.wrong.iter().for_each(|wrong| println!("  {wrong}"));
            verdict
                .journal
                .iter()
                .for_each(|entry| println!("    {entry}"));
        }
        println!(
            "\n{} cells, {} failed, in {:.0} s",
            self.cells(),
            self.failures(),
            self.begun.elapsed().as_secs_f32()
        );
    }

    fn table(&self, title: &str, belongs: impl Fn(&Cell) -> bool) {
        let cells: Vec<(&Verdict, Cell)> = self
            .verdicts
            .iter()
            .filter_map(|verdict| Some((verdict, verdict.cell?)))
            .filter(|(_, cell)| belongs(cell))
            .collect();
        if cells.is_empty() {
            return;
        }
        let (mut rows, mut columns) = (Vec::new(), Vec::new());
        for (_, cell) in &cells {
            if !rows.contains(&cell.row()) {
                rows.push(cell.row());
            }
            if !columns.contains(&cell.column) {
                columns.push(cell.column);
            }
        }
        // The cells ended in any order; the rows and columns have one.
        columns.sort_by_key(|column| place(*column));
        rows.sort_by_key(|row| row_place(&cells, row));
        println!("\n{title}\n");
        let heads: String = columns
            .iter()
            .map(|column| format!("{:>9}", column.names().0))
            .collect();
        println!("{:<38}{heads}", "");
        for row in &rows {
            let line: String = columns
                .iter()
                .map(|column| entry(&cells, row, *column))
                .collect();
            println!("{row:<38}{line}");
        }
        println!();
        for column in &columns {
            println!("  {:<9} {}", column.names().0, column.names().1);
        }
    }
}

fn entry(cells: &[(&Verdict, Cell)], row: &str, column: Column) -> String {
    let found = cells
        .iter()
        .find(|(_, cell)| cell.row() == row && cell.column == column);
    let text = match found {
        None => "-".to_owned(),
        Some((verdict, _)) if !verdict.wrong.is_empty() => "FAILED".to_owned(),
        Some((verdict, _)) => verdict.took.map_or_else(
            || "?".to_owned(),
            |took| format!("{:.1}", took.as_secs_f32()),
        ),
    };
    format!("{text:>9}")
}

fn place(column: Column) -> usize {
    let all = Column::ON_THE_WAY
        .iter()
        .chain(Column::KILLS.into_iter().flatten());
    all.chain(&Column::CANCEL_MEETS)
        .position(|known| *known == column)
        .unwrap_or(usize::MAX)
}

fn row_place(cells: &[(&Verdict, Cell)], row: &str) -> usize {
    let calls = super::cell::COURSES.iter().flat_map(|course| {
        course
            .calls()
            .into_iter()
            .map(move |(participant, verb)| (*course, participant, verb))
    });
    let cell = cells
        .iter()
        .find(|(_, cell)| cell.row() == row)
        .map(|(_, cell)| *cell);
    let mut known = calls;
    cell.and_then(|cell| known.position(|call| call == (cell.course, cell.participant, cell.verb)))
        .unwrap_or(usize::MAX)
}
