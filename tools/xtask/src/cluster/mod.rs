//! `cargo xtask cluster`: Zakaz on Kubernetes, by the quickstart's own commands.

mod access;
mod address;
mod kind;
mod options;
mod prerequisites;
mod procedure;
mod programs;
mod run;

pub use options::Options;
pub use run::run;
