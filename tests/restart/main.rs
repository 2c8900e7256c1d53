//! What needs the system for itself: it is killed, its databases are stopped, everything is counted. Run
//! it after `e2e`, alone, with `--test-threads=1`; the last test reads what all the others left behind.

mod administrator;
mod crash;
mod everyone;
mod outage;
mod partial_outage;
mod telemetry;
mod whole_databases;
mod whole_log;
