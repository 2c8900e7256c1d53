//! Couriers, their availability, and their reservations.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most dates of a period.
pub const MAX_DAYS: u64 = 62;
/// The number of dates of a period without an end.
const DEFAULT_DAYS: u64 = 31;

/// A courier.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Courier {
    /// The courier's place in the list's order, from 1.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub number: i64,
    pub id: Uuid,
    pub name: String,
    /// The dates on which the courier is reserved, in order.
    pub availability_slot: Vec<NaiveDate>,
    /// False once the courier is retired, who gets no further orders.
    pub active: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A courier to add.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourier {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// Changes to a courier. Missing fields stay as they are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourierChange {
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// False retires the courier: no order is given to a retired one, and existing orders keep theirs.
    #[schema(nullable = false)]
    pub active: Option<bool>,
}

/// When couriers are free.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    pub items: Vec<DayAvailability>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayAvailability {
    pub date: NaiveDate,
    /// How many couriers are free on that date.
    #[schema(minimum = 0)]
    pub free_couriers: i64,
}

/// Consecutive dates, both ends included: at least one, at most [`MAX_DAYS`].
#[derive(Debug, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    /// `None` when the period would be empty or too long.
    pub fn new(from: NaiveDate, to: Option<NaiveDate>) -> Option<Self> {
        let last = |days: u64| from.checked_add_days(Days::new(days - 1));
        let to = match to {
            Some(to) => to,
            // A year has four digits.
            None => last(DEFAULT_DAYS)?.min(NaiveDate::from_ymd_opt(9999, 12, 31)?),
        };
        (from <= to && to <= last(MAX_DAYS)?).then_some(Self { from, to })
    }
}

/// The result of a request to reserve a courier.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum ReserveOutcome {
    Reserved {
        courier_id: Uuid,
    },
    /// The order was reserved before, for the same date and the same requested courier.
    Repeated {
        courier_id: Uuid,
    },
    NoCourierAvailable,
    CourierNotFound,
    ReservationMismatch,
    AlreadyCompensated,
}

/// Everything in numbers.
#[derive(Debug, Deserialize)]
pub struct Totals {
    pub couriers: f64,
    /// The number of orders by the status of their reservation.
    pub reservations: BTreeMap<String, f64>,
}

/// Whether PostgreSQL writes the date as `YYYY-MM-DD`. It has no year 0.
pub fn is_storable(date: NaiveDate) -> bool {
    date.year() >= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    fn period(from: &str, to: &str) -> Option<Period> {
        let to = (!to.is_empty()).then(|| to.parse().unwrap());
        Period::new(from.parse().unwrap(), to)
    }

    #[test]
    fn by_default_a_period_has_31_dates() {
        let period = period("2026-12-01", "").unwrap();
        assert_eq!(Some(period.from), date("2026-12-01"));
        assert_eq!(Some(period.to), date("2026-12-31"));
    }

    #[test]
    fn a_period_has_one_to_62_dates() {
        assert!(period("2026-12-05", "2026-12-05").is_some());
        assert!(period("2026-12-05", "2026-12-04").is_none());
        assert!(period("2026-12-01", "2026-11-30").is_none());
        assert!(period("2026-01-01", "2026-03-03").is_some());
        assert!(period("2026-01-01", "2026-03-04").is_none());
        assert_eq!(period("9999-12-31", ""), period("9999-12-31", "9999-12-31"));
    }

    #[test]
    fn there_is_no_year_zero() {
        assert!(date("0001-01-01").is_some_and(is_storable));
        assert!(!date("0000-12-31").is_some_and(is_storable));
    }
}
