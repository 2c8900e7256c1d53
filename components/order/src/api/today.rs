//! The date by which delivery dates are judged.

use chrono::{NaiveDate, Utc};
use service::database::DatabaseError;

use crate::{domain::is_surely_deliverable, state::Orders, store::orders};

/// Today (UTC) for an order that is to be delivered on the date `wanted`. It is the database's date that counts, and
/// the database checks it again when the order is placed; it is asked here only where the clock of this host, were it
/// up to a day off, would matter. Without a date to judge, the host's date will do.
pub async fn today_for(
    orders: &Orders,
    wanted: Option<NaiveDate>,
) -> Result<NaiveDate, DatabaseError> {
    let here = Utc::now().date_naive();
    match wanted {
        Some(date) if !is_surely_deliverable(date, here) => {
            orders::today(orders.service.database()).await
        }
        _ => Ok(here),
    }
}
