//! The matrix: every fault at every call that a saga makes, on the real system. Afterwards the databases are
//! checked for each case.

mod check;
mod context;
mod database_fault;
mod databases;
mod injected_fault;
mod journal_lock;
mod kills;
mod parallel;
mod participant_rows;
mod report;
mod running_case;
mod test_case;

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;

use context::MatrixContext;
use database_fault::DatabaseFault;

pub use injected_fault::InjectedFault;
pub use report::Report;
pub use test_case::TestCase;

/// The system that the cases run on, and their results so far.
pub struct Matrix {
    context: Arc<MatrixContext>,
    report: Report,
}

/// Runs all cases and reports their results.
pub async fn run() -> Result<Report> {
    let mut matrix = Matrix::start().await?;
    matrix.try_cases(test_case::once()).await?;
    matrix.try_cases(test_case::permanent()).await?;
    matrix.try_cases(test_case::during_cancellation()).await?;
    for faults in InjectedFault::KILLS {
        matrix.try_kills(faults).await?;
    }
    for faults in DatabaseFault::GROUPS {
        matrix.try_databases(faults).await?;
    }
    matrix.finish()
}

impl Matrix {
    pub async fn start() -> Result<Self> {
        let begun = Instant::now();
        let context = Arc::new(MatrixContext::start().await?);
        println!(
            "matrix: two hosts and PostgreSQL serve after {:.1} s",
            begun.elapsed().as_secs_f32()
        );
        Ok(Self {
            context,
            report: Report::new(begun),
        })
    }

    /// Runs cases that need no host killed, in parallel.
    pub async fn try_cases(&mut self, cases: Vec<TestCase>) -> Result<()> {
        self.report.add(parallel::run(&self.context, cases).await?);
        Ok(())
    }

    /// Runs every call with each of these faults, which share one kill of the driver.
    pub async fn try_kills(&mut self, faults: &[InjectedFault]) -> Result<()> {
        self.report.add(kills::run(&self.context, faults).await?);
        Ok(())
    }

    /// Runs every call with each of these faults of the databases that it reaches.
    async fn try_databases(&mut self, faults: &[DatabaseFault]) -> Result<()> {
        self.report
            .add(databases::run(&self.context, faults).await?);
        Ok(())
    }

    /// Stops the system and prints the tables and the failures.
    pub fn finish(mut self) -> Result<Report> {
        let failures = self.context.system.component_failures()?;
        self.report.add_without_case(failures);
        self.report.print();
        Ok(self.report)
    }
}
