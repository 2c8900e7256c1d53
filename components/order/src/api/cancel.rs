//! `POST /api/orders/{id}/cancel`.

use axum::{Json, extract::State, response::IntoResponse};
use saga::{Decision, Happened, decide};
use service::{
    Problem,
    background::spawn,
    identity::caller::User,
    web::{language::Language, path::PathId, problem::ProblemDocument},
};

use crate::{
    domain::{Change, Order, readable},
    driver::{Driver, new_owner},
    publisher,
    state::Orders,
    store::orders::{self, CancelOutcome, Standing},
    transitions,
};

/// How often a decision may be overtaken by the saga's driver. Each time the saga has gone a step
/// further, and it has only a few.
const TRIES: usize = 20;

/// Cancel an order
///
/// The order is cancelled at once, and whatever was done is undone, also when it was ready.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/cancel",
    tag = "orders",
    operation_id = "cancelOrder",
    security(("accessToken" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The order's id."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    responses(
        (status = 200, description = "The order, cancelled.", body = Order),
        (status = 404, description = "There is no such order of yours.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409,
            description = "`ALREADY_CANCELLED`, for whatever reason; `TOO_LATE`: the delivery date has come.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn cancel(
    user: User,
    PathId(id): PathId,
    State(state): State<Orders>,
    language: Language,
) -> Result<impl IntoResponse, Problem> {
    let database = state.service.database();
    let lease = (new_owner(), state.lease_ms);
    let mut decided: Option<(Standing, Decision)> = None;
    for _ in 0..TRIES {
        let change = decided.as_ref().map(|(standing, decision)| {
            let change = Change::of(&state.policy, decision, None, standing.elapsed);
            (standing, change)
        });
        let based = change
            .as_ref()
            .map(|(standing, change)| (*standing, change));
        match orders::cancel(database, user.id, id, lease, based).await? {
            CancelOutcome::NotFound => return Err(Problem::not_found()),
            CancelOutcome::AlreadyCancelled => {
                return Err(Problem::conflict(
                    "ALREADY_CANCELLED",
                    "This order is cancelled already.",
                ));
            }
            CancelOutcome::TooLate => {
                return Err(Problem::conflict(
                    "TOO_LATE",
                    "An order can be cancelled until the day before its delivery date (UTC).",
                ));
            }
            CancelOutcome::Decide(standing) => {
                let saga = readable(standing.definition, standing.saga.clone());
                let saga = saga.map_err(left_alone)?;
                let happened = Happened::Cancelled;
                let decision = decide(&state.policy, &saga, &happened, standing.elapsed);
                decided = Some((standing, decision));
            }
            CancelOutcome::Cancelled { order, claim } => {
                let epoch = claim.epoch;
                let driver = Driver::of(&state, *claim);
                if let (Some(driver), Some((standing, decision))) = (driver, decided) {
                    let (saga, based_on) = (&decision.saga, (epoch, standing.seq));
                    transitions::tell(saga, saga.shown(&state.policy), &decision.events, based_on);
                    spawn(driver.drive(decision.next));
                }
                publisher::wake(&state);
                return Ok(([language.header()], Json(order.show(language))));
            }
        }
    }
    Err(Problem::unavailable(
        "ORDER_BUSY",
        "The order was changing all the while; try again.",
        1,
    ))
}

fn left_alone(cause: String) -> Problem {
    service::telemetry::log::warn("a saga is left alone", &[("cause", &cause)]);
    Problem::unavailable(
        "ORDER_BUSY",
        "The order is in the hands of a newer version of the service; try again.",
        1,
    )
}
