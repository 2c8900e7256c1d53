//! How much this machine's memory allows at the same time.

use std::num::NonZero;
use std::thread::available_parallelism;

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// How many jobs of `each` bytes can run at the same time: one for each processor, fewer when the available memory is
/// too small for them, at least one.
pub fn parallel_jobs(each: u64) -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let available =
        System::new_with_specifics(memory).map_or(0, |system| system.available_memory());
    let processors = available_parallelism().map_or(1, NonZero::get) as u64;
    jobs_for(available, each, processors)
}

/// An `available` of 0 says that the system does not report it.
fn jobs_for(available: u64, each: u64, processors: u64) -> u64 {
    match available {
        0 => processors,
        _ => (available / each).clamp(1, processors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_fit_into_the_memory() {
        assert_eq!(jobs_for(5_000, 1_000, 8), 5);
        assert_eq!(jobs_for(24_000, 1_000, 2), 2);
        assert_eq!(jobs_for(500, 1_000, 8), 1);
        assert_eq!(jobs_for(0, 1_000, 8), 8);
    }
}
