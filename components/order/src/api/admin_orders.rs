//! `/api/orders/admin/orders`: everyone's orders, and their cancellation by the shop.

use axum::{Json, extract::State, response::IntoResponse};
use saga::{Reason, ReasonCode};
use serde::Serialize;
use service::{
    Problem,
    identity::caller::Admin,
    web::{
        language::Language,
        openapi::{AdminOnly, NotFound},
        page::{Created, Listing, Page, PageQuery},
        path::PathId,
        problem::ProblemDocument,
        query::Query,
        rule,
    },
};
use utoipa::ToSchema;

use super::cancel::cancel_order;
use crate::{
    domain::{CustomerOrder, OrderFilter, OrderRecord, OrderStatus, status_rule},
    driver::claim_and_drive,
    fulfilment::CANCELLED_BY_SHOP,
    state::Orders,
    store::orders::{self, CancelledBy},
};

/// Why the shop cancels an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopCancellation {
    /// Shown to the customer as the cancellation's `detail`.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// List everyone's orders
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/orders/admin/orders",
    tag = "orders",
    operation_id = "listAllOrders",
    security(("accessToken" = [])),
    params(
        PageQuery,
        ("status" = Option<OrderStatus>, Query, description = "Only orders of this status."),
        ("userId" = Option<Uuid>, Query, description = "Only orders of this customer."),
        ("from" = Option<NaiveDate>, Query, description = "Only orders that were created on this date (UTC) or later."),
        ("to" = Option<NaiveDate>, Query,
            description = "Only orders that were created on this date (UTC) or earlier; not before `from`."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    responses(
        (status = 200, description = "A page of orders.", body = Listing<CustomerOrder>),
        AdminOnly,
    )
)]
pub async fn list(
    _: Admin,
    State(state): State<Orders>,
    query: Query,
    page: Page<Created>,
    language: Language,
) -> Result<impl IntoResponse, Problem> {
    let filter = OrderFilter {
        user: query.optional("userId", |text: &str| rule::uuid(&text.into()))?,
        status: query.optional("status", status_rule)?,
        ..OrderFilter::default()
    };
    let from = query.optional("from", rule::parse_date)?;
    let to = query.optional("to", rule::parse_date)?;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Problem::invalid_field(
            "/to",
            "Must be the date `from` or later.",
        ));
    }
    let filter = filter.created_on(from, to);
    let found = orders::list(state.service.database(), &filter, &page).await?;
    let listing = page.listing(found, OrderRecord::place);
    let listing = listing.map(|order| order.show_with_customer(language));
    Ok(([language.header()], Json(listing)))
}

/// Show anyone's order
#[utoipa::path(
    get,
    path = "/api/orders/admin/orders/{id}",
    tag = "orders",
    operation_id = "showAnyOrder",
    security(("accessToken" = [])),
    params(
        ("id" = Uuid, Path, description = "The order's id."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    responses(
        (status = 200, description = "The order.", body = CustomerOrder),
        AdminOnly,
        NotFound,
    )
)]
pub async fn show(
    _: Admin,
    PathId(id): PathId,
    State(state): State<Orders>,
    language: Language,
) -> Result<impl IntoResponse, Problem> {
    let order = orders::read_any(state.service.database(), id).await?;
    let order = order.ok_or_else(Problem::not_found)?;
    if order.due {
        claim_and_drive(&state, id);
    }
    let shown = order.show_with_customer(language);
    Ok(([language.header()], Json(shown)))
}

/// Cancel an order for the shop
///
/// As the customer's cancellation, and also on the delivery date and after it.
#[utoipa::path(
    post,
    path = "/api/orders/admin/orders/{id}/cancel",
    tag = "orders",
    operation_id = "cancelAnyOrder",
    security(("accessToken" = [])),
    params(
        ("id" = Uuid, Path, description = "The order's id."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    request_body = ShopCancellation,
    responses(
        (status = 200, description = "The order, cancelled.", body = CustomerOrder),
        AdminOnly,
        NotFound,
        (status = 409, description = "`ALREADY_CANCELLED`, for whatever reason.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn cancel(
    _: Admin,
    PathId(id): PathId,
    State(state): State<Orders>,
    language: Language,
    body: service::Json,
) -> Result<impl IntoResponse, Problem> {
    let cancellation = body.read(|form| ShopCancellation {
        reason: form.required("reason", rule::text(1..=200)),
    })?;
    let reason = Reason {
        code: ReasonCode::new(CANCELLED_BY_SHOP.code),
        detail: Some(cancellation.reason),
    };
    let order = cancel_order(&state, CancelledBy::Shop, id, &reason).await?;
    let shown = order.show_with_customer(language);
    Ok(([language.header()], Json(shown)))
}
