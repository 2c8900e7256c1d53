//! `/api/delivery/availability`.

use axum::{Json, extract::State};
use chrono::Utc;
use service::{Problem, Service, web::query::Query};

use crate::{
    domain::{Availability, MAX_DAYS, Period, storable_date},
    store,
};

/// Tell on which dates couriers are free
#[utoipa::path(
    get,
    path = "/api/delivery/availability",
    tag = "delivery",
    operation_id = "showAvailability",
    params(
        ("from" = Option<NaiveDate>, Query, description = "The first date; today (UTC) when left out."),
        ("to" = Option<NaiveDate>, Query,
            description = "The last date, not before `from`; 62 dates at the most, 31 when left out."),
    ),
    responses((status = 200, description = "Every date of the period, in order.", body = Availability))
)]
pub async fn show(
    State(service): State<Service>,
    query: Query,
) -> Result<Json<Availability>, Problem> {
    let from = query.optional("from", storable_date)?;
    let to = query.optional("to", storable_date)?;
    let period = Period::new(from, to, Utc::now().date_naive()).ok_or_else(|| {
        Problem::invalid_field(
            "/to",
            format!("Must be the date `from` or later; the period may have {MAX_DAYS} dates."),
        )
    })?;
    let items = store::availability(service.database(), &period).await?;
    Ok(Json(Availability { items }))
}
