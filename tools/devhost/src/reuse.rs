//! How long an instance lives, by Spin's options.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct Reuse {
    /// Requests that one instance serves in all.
    pub count: usize,
    /// Requests that one instance serves at the same time.
    pub concurrent_count: usize,
    /// How long an instance without work is kept.
    pub idle_timeout: Duration,
    /// How long a request, and the work that an instance does after it, may take; `None` is no limit.
    pub request_timeout: Option<Duration>,
}
