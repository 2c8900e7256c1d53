//! What the service tells about itself: log lines, traces and metrics.

pub mod log;
pub mod metrics;
pub mod trace;
pub mod work;
