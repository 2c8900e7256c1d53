//! Log lines, traces, request ids and metrics.

pub mod context;
pub mod log;
pub mod metrics;
pub mod request_id;
pub mod trace;

pub use context::TaskContext;
