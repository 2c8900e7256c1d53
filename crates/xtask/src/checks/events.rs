//! The tests of the events: systems of their own, and a RabbitMQ for each.

use anyhow::Result;

use super::{WORKSPACE, compile_tests, show_tests};
use crate::stack::Database;

const PROGRAMS: [&str; 2] = ["broker", "hosts"];

pub fn test(rest: &[String]) -> Result<()> {
    let server = Database::find_server()?;
    let programs = PROGRAMS.iter().flat_map(|program| ["--test", program]);
    let selection: Vec<&str> = WORKSPACE.into_iter().chain(programs).collect();
    compile_tests(&selection)?;
    show_tests(
        &selection,
        &[rest, &["--nocapture".to_owned()]].concat(),
        &[server],
    )
}
