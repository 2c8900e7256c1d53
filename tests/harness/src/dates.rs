//! Delivery dates. Couriers are shared by everyone, so a test that counts them takes a date for itself.

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

/// The farthest date that may be asked for, in days from today.
pub const HORIZON: u64 = 365;

/// Dates from here to the horizon are handed out one by one, the earlier ones at random.
const FIRST_OF_ITS_OWN: i64 = 160;

/// Today in UTC, which stays today for the next half minute: close to midnight it waits.
pub async fn today() -> NaiveDate {
    let seconds = Utc::now().num_seconds_from_midnight();
    if seconds > 86_400 - 30 {
        sleep(Duration::from_secs(u64::from(86_401 - seconds))).await;
    }
    Utc::now().date_naive()
}

/// The date that many days from today (UTC).
pub fn in_days(days: u64) -> NaiveDate {
    Utc::now().date_naive() + Days::new(days)
}

/// Any date that is not close; others may use it too.
pub fn any() -> NaiveDate {
    in_days(3 + unique::bits() % 150)
}

/// A date that no other test of this program has.
pub fn of_its_own() -> NaiveDate {
    static TAKEN: AtomicI64 = AtomicI64::new(0);
    static START: OnceLock<i64> = OnceLock::new();
    let span = i64::try_from(HORIZON).expect("a small number") - FIRST_OF_ITS_OWN;
    let start =
        *START.get_or_init(|| i64::from(u16::try_from(unique::bits() & 0xffff).expect("16 bits")));
    let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
    assert!(
        taken < span,
        "more than {span} tests want a date of their own"
    );
    in_days(
        u64::try_from(FIRST_OF_ITS_OWN + (start + taken) % span).expect("a day that is to come"),
    )
}
