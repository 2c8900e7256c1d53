//! `cargo xtask test`: everything that CI runs; and `cargo xtask check`: the short answer after a change.

mod api;
mod change;
mod charts;
mod check;
mod cluster;
mod databases;
mod install;
mod lint;
mod prometheus;
mod python;
mod quick;
mod requirements;
mod restart;
mod run;
mod side_by_side;
mod storm;
mod summary;
mod test_programs;
mod tested_system;

pub use check::Check;
pub use quick::{Options as QuickOptions, run as run_quick};
pub use run::{Options, run};
pub use storm::build_and_run as storm;
