//! Which orders a list shows.

use chrono::{Days, NaiveDate, NaiveTime};
use uuid::Uuid;

use super::OrderStatus;

/// Which orders a list shows; without a condition, all of them.
#[derive(Debug, Default)]
pub struct OrderFilter {
    /// The customer.
    pub user: Option<Uuid>,
    pub status: Option<OrderStatus>,
    /// Created at this time or later, in milliseconds since 1970.
    pub created_from: Option<i64>,
    /// Created before this time, in milliseconds since 1970.
    pub created_before: Option<i64>,
}

impl OrderFilter {
    /// Those that were created on these dates (UTC), both included.
    pub fn created_on(mut self, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        let day_after = to.and_then(|to| to.checked_add_days(Days::new(1)));
        self.created_from = from.map(start_of);
        self.created_before = day_after.map(start_of);
        self
    }
}

/// The first millisecond of a date (UTC).
fn start_of(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dates_are_included() {
        let day = "2026-12-01".parse().ok();
        let filter = OrderFilter::default().created_on(day, day);
        let day = 1_796_083_200_000;
        assert_eq!(filter.created_from, Some(day));
        assert_eq!(filter.created_before, Some(day + 24 * 60 * 60 * 1_000));
    }
}
