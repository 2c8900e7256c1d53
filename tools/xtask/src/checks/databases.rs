//! Prepares the test of the charts' databases (`tests/deployment`), and runs it.

use anyhow::Result;
use local_resources::TemporaryFolder;

use super::{charts, test_programs};
use crate::system::Postgres;

pub fn check(rest: &[String]) -> Result<()> {
    let folder = TemporaryFolder::new()?;
    let variables = [Postgres::find_server()?, charts::render(folder.path())?];
    // Each of its tests runs servers of its own.
    test_programs::run("deployment", "2", rest, &variables)
}
