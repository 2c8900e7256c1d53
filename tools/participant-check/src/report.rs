//! What held and what did not.

use std::fmt;

use comfy_table::{ContentArrangement, Table};

/// One promise of the protocol.
#[derive(Clone, Debug)]
pub struct Row {
    pub promise: String,
    /// The requests that were sent.
    pub requests: String,
    /// What was seen, or the first answer that was wrong.
    pub outcome: Result<String, String>,
}

#[derive(Clone, Debug, Default)]
pub struct Report {
    pub rows: Vec<Row>,
}

impl Report {
    /// The promises that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.outcome.is_err())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["promise", "requests", "holds", "seen"]);
        for row in &self.rows {
            let (holds, seen) = match &row.outcome {
                Ok(seen) => ("yes", seen.as_str()),
                Err(_) => ("NO", "see below"),
            };
            table.add_row([&row.promise, &row.requests, holds, seen]);
        }
        writeln!(out, "{table}")?;
        for row in self.failed() {
            if let Err(error) = &row.outcome {
                writeln!(out, "\n{} ({})\n  {error}", row.promise, row.requests)?;
            }
        }
        Ok(())
    }
}
