//! Tests that need the system for themselves: it is killed, its databases are stopped, everything is counted. Run
//! after `e2e`, with `--test-threads=1`. The last tests check what all the others have left.

mod administrator;
mod crash;
mod everyone;
mod outage;
mod partial_outage;
mod telemetry;
mod whole_databases;
mod whole_log;
