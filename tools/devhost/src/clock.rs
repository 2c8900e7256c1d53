//! The wall clock that components see.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::HostWallClock;

/// This machine's clock and a constant.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    /// Seconds ahead of this machine's clock; negative: behind it.
    pub offset: i64,
}

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let offset = Duration::from_secs(self.offset.unsigned_abs());
        if self.offset < 0 {
            now.saturating_sub(offset)
        } else {
            now + offset
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_ahead_or_behind() {
        let [behind, right, ahead] =
            [-3_600, 0, 3_600].map(|offset| WallClock { offset }.now().as_secs());
        assert!((3_599..=3_601).contains(&(right - behind)));
        assert!((3_599..=3_601).contains(&(ahead - right)));
    }
}
