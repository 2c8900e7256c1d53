//! Tests that need the system for themselves: it is killed, its databases are stopped, everything is counted. Run
//! after `e2e`, with `--test-threads=1`. The tests of `whole_…` check what all the others have left, so their
//! names come last.

mod administrator;
mod all_couriers;
mod changes;
mod clock;
mod crash;
mod currency;
mod database_changes;
mod database_faults;
mod limits;
mod outage;
mod partial_outage;
mod proxied_databases;
mod secrets;
mod small_pool;
mod telemetry;
mod whole_databases;
mod whole_log;
