//! Dates in bodies and query parameters.

use chrono::NaiveDate;
use service::web::rule;

use crate::domain::is_storable;

/// A date, `YYYY-MM-DD`, that PostgreSQL can store.
pub fn parse(text: &str) -> Result<NaiveDate, String> {
    let date = rule::parse_date(text)?;
    if is_storable(date) {
        Ok(date)
    } else {
        Err("Must be a date of the year 0001 or later.".into())
    }
}
