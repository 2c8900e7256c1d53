//! The matrix: every fault at every call that a saga makes, on the real system, and after each what the
//! databases say.

mod batch;
mod cell;
mod column;
mod course;
mod journal_lock;
mod judge;
mod report;
mod side_by_side;
mod underway;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::board::Board;
use crate::rig::{Plan, Recovery, Rig, Variable};
use crate::watch::Watch;

pub use cell::Cell;
pub use column::Column;
pub use course::Course;
pub use report::Report;

/// Short, so that the cells pass quickly. Beyond the sixth failure in a row a saga waits for longer than
/// its driver keeps it in memory, so that both kinds of waiting are met.
const VARIABLES: [Variable; 6] = [
    ("saga_call_timeout_ms", "1000"),
    ("saga_lease_ms", "4000"),
    ("saga_deadline_ms", "90000"),
    ("saga_backoff_ms", "50"),
    ("saga_backoff_cap_ms", "1500"),
    ("saga_stuck_after", "3"),
];
/// Where orders are placed whose step never answers.
const IMPATIENT: [Variable; 1] = [("saga_deadline_ms", "6000")];

/// Beyond the call timeout.
const SLOW: Duration = Duration::from_millis(1_300);
/// Longer than any cell takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the cells are run on.
struct Field {
    // These two look at the rig, and go before it.
    watch: Watch,
    recovery: Recovery,
    rig: Rig,
    board: Arc<Board>,
}

/// The system that the cells are tried on, and how they went so far.
pub struct Matrix {
    field: Arc<Field>,
    report: Report,
}

/// Runs all cells and tells how each went.
pub async fn run() -> Result<Report> {
    let mut matrix = Matrix::start().await?;
    matrix.try_cells(cell::on_the_way()).await?;
    matrix.try_cells(cell::for_good()).await?;
    matrix.try_cells(cell::cancelled_under_way()).await?;
    for columns in Column::KILLS {
        matrix.try_kills(columns).await?;
    }
    matrix.finish()
}

impl Matrix {
    pub async fn start() -> Result<Self> {
        let begun = Instant::now();
        let board = Arc::new(Board::default());
        let plan = Plan {
            variables: &VARIABLES,
            second: &IMPATIENT,
            participants: &[1],
        };
        let rig = Rig::start(&plan, Arc::clone(&board) as _).await?;
        println!(
            "matrix: two hosts and PostgreSQL stand after {:.1} s",
            begun.elapsed().as_secs_f32()
        );
        let field = Arc::new(Field {
            watch: Watch::start().await,
            recovery: Recovery::start(&rig, 0, Duration::from_millis(300)),
            rig,
            board,
        });
        Ok(Self {
            field,
            report: Report::new(begun),
        })
    }

    /// Tries cells for which nobody has to die, all at once.
    pub async fn try_cells(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.report
            .add(side_by_side::run(&self.field, cells).await?);
        Ok(())
    }

    /// Tries every call with each of these columns, which share one death of the driver.
    pub async fn try_kills(&mut self, columns: &[Column]) -> Result<()> {
        self.report.add(batch::run(&self.field, columns).await?);
        Ok(())
    }

    /// Stops the system, and prints the tables and everything about what failed.
    pub fn finish(mut self) -> Result<Report> {
        let failures = self.field.rig.failures_of_components()?;
        self.report.add_of_no_cell(failures);
        self.report.print();
        Ok(self.report)
    }
}
