//! `GET /api/orders/{id}`.

use axum::{Json, extract::State, response::IntoResponse};
use service::{
    Problem,
    identity::caller::User,
    web::{language::Language, path::PathId, problem::ProblemDocument},
};

use crate::{domain::Order, driver::claim_and_drive, state::Orders, store::orders};

/// Show an order
#[utoipa::path(
    get,
    path = "/api/orders/{id}",
    tag = "orders",
    operation_id = "showOrder",
    security(("accessToken" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The order's id."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    responses(
        (status = 200, description = "The order.", body = Order),
        (status = 404, description = "There is no such order of yours.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn show(
    user: User,
    PathId(id): PathId,
    State(state): State<Orders>,
    language: Language,
) -> Result<impl IntoResponse, Problem> {
    let order = orders::read(state.service.database(), user.id, id).await?;
    let order = order.ok_or_else(Problem::not_found)?;
    if order.due {
        claim_and_drive(&state, id);
    }
    Ok(([language.header()], Json(order.show(language))))
}
