//! `GET /api/orders`.

use axum::{Json, extract::State, response::IntoResponse};
use service::{
    Problem,
    identity::caller::User,
    web::{
        language::Language,
        page::{Created, Listing, Page, PageQuery},
        query::Query,
    },
};

use crate::{
    domain::{Order, OrderFilter, OrderRecord, OrderStatus, status_rule},
    state::Orders,
    store::orders,
};

/// List one's own orders
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/orders",
    tag = "orders",
    operation_id = "listOrders",
    security(("accessToken" = [])),
    params(
        PageQuery,
        ("status" = Option<OrderStatus>, Query, description = "Only orders of this status."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    responses((status = 200, description = "A page of orders.", body = Listing<Order>))
)]
pub async fn list(
    user: User,
    State(state): State<Orders>,
    query: Query,
    page: Page<Created>,
    language: Language,
) -> Result<impl IntoResponse, Problem> {
    let filter = OrderFilter {
        user: Some(user.id),
        status: query.optional("status", status_rule)?,
        ..OrderFilter::default()
    };
    let found = orders::list(state.service.database(), &filter, &page).await?;
    let listing = page.listing(found, OrderRecord::place);
    let listing = listing.map(|order| order.show(language));
    Ok(([language.header()], Json(listing)))
}
