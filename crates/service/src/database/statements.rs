//! The statements that run on a connection. PostgreSQL runs them one after the other, so one that waits for a lock
//! delays those that were sent after it.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// After how long without the end of any statement a connection counts as blocked by its oldest one: at least so long,
/// and longer where the way to the server is slow.
const BLOCKED_AFTER: Duration = Duration::from_millis(500);

/// But not longer than this.
const BLOCKED_AFTER_AT_MOST: Duration = Duration::from_secs(1);

/// The statements of one connection that have begun and not ended.
#[derive(Debug)]
pub(super) struct Statements {
    running: BTreeSet<u64>,
    next: u64,
    /// When the first statement was sent to the idle connection, or the last statement ended.
    progress: Instant,
    blocked_after: Duration,
}

impl Statements {
    /// The connection is open, which took so long, and idle. Opening waits for the server at least once, and a statement
    /// twice.
    pub fn none(now: Instant, opening: Duration) -> Self {
        Self {
            running: BTreeSet::new(),
            next: 0,
            progress: now,
            blocked_after: (opening * 4).clamp(BLOCKED_AFTER, BLOCKED_AFTER_AT_MOST),
        }
    }

    /// After how long without the end of any statement the connection counts as blocked.
    pub fn blocked_after(&self) -> Duration {
        self.blocked_after
    }

    /// A statement is sent. Returns its number.
    pub fn begin(&mut self, now: Instant) -> u64 {
        if self.running.is_empty() {
            self.progress = now;
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.running.insert(number);
        number
    }

    /// The statement has a result.
    pub fn end(&mut self, number: u64, now: Instant) {
        self.running.remove(&number);
        self.progress = now;
    }

    /// Nobody waits for the statement's result any more. It may still run.
    pub fn give_up(&mut self, number: u64) {
        self.running.remove(&number);
    }

    /// Whether a statement that is sent now would wait for one that takes long.
    pub fn blocked(&self, now: Instant) -> bool {
        !self.running.is_empty() && now.duration_since(self.progress) >= self.blocked_after
    }

    /// Whether this statement waits for an older one that takes long.
    pub fn waits(&self, number: u64, now: Instant) -> bool {
        self.blocked(now) && self.running.first() != Some(&number)
    }

    /// Whether nobody has used the connection for so long.
    pub fn idle_for(&self, duration: Duration, now: Instant) -> bool {
        self.running.is_empty() && now.duration_since(self.progress) >= duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn those_behind_a_long_statement_wait_for_it() {
        let start = Instant::now();
        let mut statements = Statements::none(start, MOMENT);
        let (long, short) = (statements.begin(start), statements.begin(start + MOMENT));
        let soon = start + BLOCKED_AFTER - MOMENT;
        assert!(!statements.blocked(soon) && !statements.waits(short, soon));
        let later = start + BLOCKED_AFTER;
        assert!(statements.blocked(later));
        assert!(statements.waits(short, later));
        assert!(!statements.waits(long, later));
    }

    #[test]
    fn a_connection_that_opened_slowly_may_be_slow() {
        let of = |opening: u64| {
            let statements = Statements::none(Instant::now(), Duration::from_millis(opening));
            statements.blocked_after().as_millis()
        };
        assert_eq!([of(1), of(200), of(900)], [500, 800, 1_000]);
    }

    #[test]
    fn a_connection_whose_statements_end_is_not_blocked() {
        let start = Instant::now();
        let mut statements = Statements::none(start, MOMENT);
        let first = statements.begin(start);
        let second = statements.begin(start);
        statements.end(first, start + BLOCKED_AFTER - MOMENT);
        assert!(!statements.blocked(start + BLOCKED_AFTER));
        assert!(!statements.waits(second, start + BLOCKED_AFTER));
    }

    #[test]
    fn a_statement_that_was_given_up_is_no_progress() {
        let start = Instant::now();
        let mut statements = Statements::none(start, MOMENT);
        statements.begin(start);
        let behind = statements.begin(start);
        statements.give_up(behind);
        assert!(statements.blocked(start + BLOCKED_AFTER));
    }

    #[test]
    fn only_a_connection_without_statements_is_idle() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut statements = Statements::none(start, MOMENT);
        assert!(!statements.idle_for(second, start + second - MOMENT));
        assert!(statements.idle_for(second, start + second));
        let number = statements.begin(start);
        assert!(!statements.idle_for(second, start + second));
        statements.end(number, start + second);
        assert!(!statements.idle_for(second, start + second + MOMENT));
        assert!(statements.idle_for(second, start + second * 2));
    }
}
