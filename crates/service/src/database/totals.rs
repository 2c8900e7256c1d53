//! The numbers of a service's metrics.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::{Database, DatabaseError};

/// How many rows of each kind one statement adds up: some milliseconds, so that no other statement of the connection
/// waits long, also when the pages have to be read from a disk.
const BATCH: i32 = 1_000;
/// For how long one scrape adds up rows.
const PATIENCE: Duration = Duration::from_secs(1);

impl Database {
    /// What the service's function `totals` returns, after its function `add_up` has added what is new to the tallies.
    /// So the cost is that of what has happened since the last call. After hours without one the numbers are late for a
    /// few calls; they are of one moment all the same.
    pub async fn totals<T: DeserializeOwned>(&self) -> Result<T, DatabaseError> {
        let more = "select from add_up($1) as more where more";
        let began = Instant::now();
        while self.count(more, &[BATCH.into()]).await? > 0 && began.elapsed() < PATIENCE {}
        self.json("select totals()", &[]).await
    }
}
