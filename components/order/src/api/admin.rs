//! `/api/orders/admin/sagas`: the administrator's list of sagas, and retries.

use axum::{Json, extract::State};
use http::StatusCode;
use saga::SagaState;
use serde::Serialize;
use service::{
    Problem,
    identity::caller::Admin,
    web::{
        page::{Created, Listing, Page, PageQuery},
        path::PathId,
        problem::ProblemDocument,
        query::Query,
    },
};
use utoipa::ToSchema;

use crate::{
    domain::{SagaRecord, SagaSummary, state_rule},
    driver::drive,
    recovery,
    state::Orders,
    store::sagas,
};

/// How many sagas one statement makes due.
const BATCH: i32 = 500;

/// How many sagas were claimed.
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
        ("state" = Option<SagaState>, Query, description = "Only sagas of this state."),
    ),
    responses(
        (status = 200, description = "A page of sagas.", body = Listing<SagaSummary>),
        (status = 403, description = "Not the administrator.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    _: Admin,
    State(state): State<Orders>,
    query: Query,
    page: Page<Created>,
) -> Result<Json<Listing<SagaSummary>>, Problem> {
    let wanted = query.optional("state", state_rule)?;
    let found = sagas::list(state.service.database(), wanted, &page).await?;
    let listing = page.listing(found, SagaRecord::place);
    Ok(Json(listing.map(SagaRecord::show)))
}

/// Try a saga now
///
/// Makes the next attempt at once when the saga waits for it. One that is being driven or has ended is left
/// as it is.
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
    sagas::request_retry(database, Some(order_id), 1).await?;
    let claim = sagas::claim(database, order_id, state.new_lease()).await?;
    let resumed = usize::from(claim.is_some());
    if let Some(claim) = claim {
        drive(&state, claim);
    }
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
    while sagas::request_retry(state.service.database(), None, BATCH).await? > 0 {}
    let resumed = recovery::recover(&state).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { resumed })))
}
