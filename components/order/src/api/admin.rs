//! `/api/orders/admin/sagas`: a person's view of the sagas, and a person's hands.

use axum::{Json, extract::State};
use http::StatusCode;
use saga::ShownState;
use serde::Serialize;
use service::{
    Problem,
    identity::caller::Admin,
    web::{
        page::{Listing, Page, PageQuery},
        path::PathId,
        problem::ProblemDocument,
        query::Query,
    },
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{SagaDocument, SagaItem, state_rule},
    driver::{new_owner, resume_all},
    recovery,
    state::Orders,
    store::sagas,
};

/// How many sagas one statement makes due.
const BATCH: i32 = 500;

/// How many sagas were taken up.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    #[schema(minimum = 0)]
    pub resumed: usize,
}

/// List all sagas
///
/// Those of the newest orders first.
#[utoipa::path(
    get,
    path = "/api/orders/admin/sagas",
    tag = "orders",
    operation_id = "listSagas",
    security(("accessToken" = [])),
    params(
        PageQuery,
        ("state" = Option<ShownState>, Query, description = "Only sagas of this state."),
    ),
    responses(
        (status = 200, description = "A page of sagas.", body = Listing<SagaItem>),
        (status = 403, description = "Not the administrator.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    _: Admin,
    State(state): State<Orders>,
    query: Query,
    page: Page<Uuid>,
) -> Result<Json<Listing<SagaItem>>, Problem> {
    let wanted = query.optional("state", state_rule)?;
    let found = sagas::list(state.service.database(), wanted, &page).await?;
    let shown = found.into_iter().map(SagaDocument::show);
    Ok(Json(
        page.listing(shown.collect(), |item: &SagaItem| item.order_id),
    ))
}

/// Try a saga now
///
/// Takes it up at once when it waits for its next attempt; one that is just being driven, or has ended,
/// is left as it is.
#[utoipa::path(
    post,
    path = "/api/orders/admin/sagas/{orderId}/retry",
    tag = "orders",
    operation_id = "retrySaga",
    security(("accessToken" = [])),
    params(("orderId" = uuid::Uuid, Path, description = "The order's id.")),
    responses(
        (status = 202, description = "It is being tried, or there is nothing to try.", body = Retried),
        (status = 403, description = "Not the administrator.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn retry(
    _: Admin,
    PathId(order_id): PathId,
    State(state): State<Orders>,
) -> Result<(StatusCode, Json<Retried>), Problem> {
    let database = state.service.database();
    if sagas::find(database, order_id).await?.is_none() {
        return Err(Problem::not_found());
    }
    sagas::hurry(database, Some(order_id), 1).await?;
    let claim = sagas::claim(database, order_id, new_owner(), state.lease_ms).await?;
    let resumed = usize::from(claim.is_some());
    resume_all(&state, claim.into_iter().collect());
    Ok((StatusCode::ACCEPTED, Json(Retried { resumed })))
}

/// Try every waiting and stuck saga now
#[utoipa::path(
    post,
    path = "/api/orders/admin/sagas/retry",
    tag = "orders",
    operation_id = "retrySagas",
    security(("accessToken" = [])),
    responses(
        (status = 202, description = "They are being tried.", body = Retried),
        (status = 403, description = "Not the administrator.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn retry_all(
    _: Admin,
    State(state): State<Orders>,
) -> Result<(StatusCode, Json<Retried>), Problem> {
    while sagas::hurry(state.service.database(), None, BATCH).await? > 0 {}
    let resumed = recovery::recover(&state).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { resumed })))
}
