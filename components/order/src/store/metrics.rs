//! Statements for the metrics.

use std::collections::BTreeMap;

use serde::Deserialize;
use service::{Database, database::DatabaseError};

use crate::fulfilment::FULFILMENT;

/// How many entries of the journal one statement tallies.
pub(super) const BATCH: i32 = 4_000;
/// How many statements one call runs at most.
const BATCHES: usize = 10;

/// The states of a saga.
const STATES: [&str; 5] = [
    "RUNNING",
    "COMPENSATING",
    "COMPLETED",
    "COMPENSATED",
    "STUCK",
];

/// The numbers of the metrics.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Numbers {
    /// Sagas that have not ended, by state; states without any are left out.
    pub unfinished: BTreeMap<String, f64>,
    /// The age of the oldest, in seconds.
    pub oldest_unfinished: f64,
    /// How many of the unfinished a newer build wrote.
    pub of_newer_builds: f64,
    /// The age of the oldest unpublished event, in seconds.
    pub outbox_lag: f64,
    /// 10000 stands for more.
    pub outbox_unpublished: f64,
    /// The steps whose participants do not answer.
    pub open_circuits: Vec<String>,
    pub tallies: Vec<Tally>,
}

/// A sum over the journal; see the function `tally_journal`.
#[derive(Debug, Deserialize)]
pub struct Tally {
    pub name: String,
    pub label: String,
    pub value: f64,
}

impl Numbers {
    /// All sagas, by state.
    pub fn by_state(&self) -> BTreeMap<String, f64> {
        let mut states: BTreeMap<_, _> = STATES.map(|state| (state.to_owned(), 0.0)).into();
        states.extend(self.unfinished.clone());
        states.extend(self.tallied("standing"));
        states
    }

    /// The tallies of this name, by label; labels that were never tallied are left out.
    pub fn tallied(&self, name: &str) -> BTreeMap<String, f64> {
        let tallies = self.tallies.iter().filter(|tally| tally.name == name);
        tallies
            .map(|tally| (tally.label.clone(), tally.value))
            .collect()
    }
}

/// Adds what is new in the journal to the tallies.
pub async fn tally(database: &Database) -> Result<(), DatabaseError> {
    for _ in 0..BATCHES {
        let more = "select from tally_journal($1) as more where more";
        if database.count(more, &[BATCH.into()]).await? == 0 {
            break;
        }
    }
    Ok(())
}

pub async fn numbers(database: &Database) -> Result<Numbers, DatabaseError> {
    tally(database).await?;
    let statement = "select saga_metrics($1)";
    database
        .json(statement, &[FULFILMENT.version().into()])
        .await
}
