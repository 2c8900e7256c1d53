//! Statements about how the sagas stand, in numbers.

use std::collections::BTreeMap;

use saga::DEFINITION;
use serde::Deserialize;
use service::{Database, database::DatabaseError};

/// How many entries of the journal one statement adds up.
pub(super) const BATCH: i32 = 4_000;
/// How many statements one scrape runs to catch up.
const BATCHES: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Numbers {
    /// Sagas that have not ended, by state.
    pub unfinished: BTreeMap<String, f64>,
    /// The age of the oldest, in seconds.
    pub oldest_unfinished: f64,
    /// How many of the unfinished a newer build wrote.
    pub of_newer_builds: f64,
    /// The age of the oldest unpublished event, in seconds.
    pub outbox_lag: f64,
    /// 10000 stands for more.
    pub outbox_unpublished: f64,
    pub tallies: Vec<Tally>,
}

/// What has been added up of the journal; see `tally_journal`.
#[derive(Debug, Deserialize)]
pub struct Tally {
    pub name: String,
    pub label: String,
    pub value: f64,
}

impl Numbers {
    /// All sagas, by state.
    pub fn by_state(&self) -> BTreeMap<String, f64> {
        let mut states = self.unfinished.clone();
        states.extend(self.tallied("standing"));
        states
    }

    /// The tallies by this name: labels and values.
    pub fn tallied(&self, name: &str) -> Vec<(String, f64)> {
        let tallies = self.tallies.iter().filter(|tally| tally.name == name);
        tallies
            .map(|tally| (tally.label.clone(), tally.value))
            .collect()
    }
}

pub async fn numbers(database: &Database) -> Result<Numbers, DatabaseError> {
    for _ in 0..BATCHES {
        let more = "select from tally_journal($1) as more where more";
        if database.count(more, &[BATCH.into()]).await? == 0 {
            break;
        }
    }
    let statement = "select saga_metrics($1)";
    database.json(statement, &[DEFINITION.into()]).await
}
