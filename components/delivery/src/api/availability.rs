//! `/api/delivery/availability`.

use axum::{Json, extract::State};
use service::{Problem, Service, web::query::Query};

use crate::{
    api::date,
    domain::{Availability, MAX_DAYS, Period},
    store,
};

/// Show on which dates couriers are free
#[utoipa::path(
    get,
    path = "/api/delivery/availability",
    tag = "delivery",
    operation_id = "showAvailability",
    params(
        ("from" = Option<NaiveDate>, Query, description = "The first date; today (UTC) by default."),
        ("to" = Option<NaiveDate>, Query,
            description = "The last date, not before `from`; at most 62 dates, 31 by default."),
    ),
    responses((status = 200, description = "Every date of the period, in order.", body = Availability))
)]
pub async fn show(
    State(service): State<Service>,
    query: Query,
) -> Result<Json<Availability>, Problem> {
    let from = query.optional("from", date::parse)?;
    let to = query.optional("to", date::parse)?;
    let from = match from {
        Some(from) => from,
        None => store::today(service.database()).await?,
    };
    let period = Period::new(from, to).ok_or_else(|| {
        Problem::invalid_field(
            "/to",
            format!(
                "Must be the date `from` or later; the period may have at most {MAX_DAYS} dates."
            ),
        )
    })?;
    let items = store::availability(service.database(), &period).await?;
    Ok(Json(Availability { items }))
}
