//! `POST /api/orders/quote`.

use axum::{Extension, Json, extract::State};
use service::{
    Problem,
    identity::caller::User,
    telemetry::request_id::RequestId,
    web::{confirmed_currency::ConfirmedCurrency, problem::ProblemDocument},
};

use super::today::today_for;
use crate::{
    catalogue,
    domain::{PriceQuote, QuoteRequest},
    state::Orders,
};

/// Quote an order
///
/// What an order of these items would cost now. Nothing is made, and nothing is held.
#[utoipa::path(
    post,
    path = "/api/orders/quote",
    tag = "orders",
    operation_id = "quoteOrder",
    security(("accessToken" = [])),
    request_body = QuoteRequest,
    responses(
        (status = 200, description = "The prices and the total.", body = PriceQuote),
        (status = 422, description = "`VALIDATION_FAILED`; `PRODUCT_NOT_FOUND`; `TOTAL_TOO_LARGE`.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "`CATALOGUE_UNAVAILABLE`: there are no prices at the moment.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn quote(
    _: User,
    State(state): State<Orders>,
    _: ConfirmedCurrency,
    Extension(request_id): Extension<RequestId>,
    body: service::Json,
) -> Result<Json<PriceQuote>, Problem> {
    let wanted = body.read(|form| QuoteRequest::read(form, None)).ok();
    let wanted = wanted.and_then(|request| request.delivery_date);
    let today = today_for(&state, wanted).await?;
    let request = body.read(|form| QuoteRequest::read(form, Some(today)))?;
    let priced = catalogue::price(&state, &request.items, &request_id.0).await?;
    Ok(Json(PriceQuote {
        items: priced.items,
        total: priced.total,
        currency: state.currency.to_string(),
    }))
}
