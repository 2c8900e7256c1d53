//! Delivery dates. All tests share the couriers, so a test that counts them uses a date that no other test has.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{Days, NaiveDate, Timelike, Utc};
use tokio::time::sleep;

use crate::unique;

/// The latest date that can be ordered for, in days from today.
pub const HORIZON: u64 = 365;

/// In days from today. Dates from here to the horizon are exclusive to one test, earlier ones are random.
const FIRST_EXCLUSIVE: i64 = 160;

/// Today in UTC. Waits for midnight when it is closer than 30 s, so that a test sees one date.
pub async fn today() -> NaiveDate {
    let seconds = Utc::now().num_seconds_from_midnight();
    if seconds > 86_400 - 30 {
        sleep(Duration::from_secs(u64::from(86_401 - seconds))).await;
    }
    Utc::now().date_naive()
}

/// The date `days` days from today (UTC).
pub fn in_days(days: u64) -> NaiveDate {
    Utc::now().date_naive() + Days::new(days)
}

/// A random date; other tests may use it too.
pub fn any() -> NaiveDate {
    in_days(3 + unique::bits() % 150)
}

/// A date that no other test of this program uses.
pub fn exclusive() -> NaiveDate {
    static TAKEN: AtomicI64 = AtomicI64::new(0);
    static START: OnceLock<i64> = OnceLock::new();
    let span = i64::try_from(HORIZON).expect("a small number") - FIRST_EXCLUSIVE;
    let start =
        *START.get_or_init(|| i64::from(u16::try_from(unique::bits() & 0xffff).expect("16 bits")));
    let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
    assert!(taken < span, "more than {span} exclusive dates");
    in_days(u64::try_from(FIRST_EXCLUSIVE + (start + taken) % span).expect("a day that is to come"))
}
