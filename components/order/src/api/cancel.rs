//! `POST /api/orders/{id}/cancel`.

use axum::{Json, extract::State, response::IntoResponse};
use saga::{Input, Reason, ReasonCode, Transition, decide};
use service::{
    Problem,
    background::spawn,
    identity::caller::User,
    telemetry::log,
    web::{language::Language, path::PathId, problem::ProblemDocument},
};
use uuid::Uuid;

use crate::{
    domain::{Change, Order, OrderRecord},
    driver::Driver,
    fulfilment,
    participants::OrderUpdate,
    publisher,
    state::Orders,
    store::orders::{self, CancelOutcome, CancelledBy, SagaVersion},
    transition_log::log_entries,
};

/// How often the saga's driver may write between reading and cancelling. Each time the saga is a step
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
    let reason = Reason::new(ReasonCode::new(fulfilment::CANCELLED_BY_USER.code));
    let order = cancel_order(&state, CancelledBy::Customer(user.id), id, &reason).await?;
    Ok(([language.header()], Json(order.show(language))))
}

/// Cancels an order for this reason, and undoes in the background whatever was done.
pub(super) async fn cancel_order(
    state: &Orders,
    by: CancelledBy,
    id: Uuid,
    reason: &Reason,
) -> Result<OrderRecord, Problem> {
    let database = state.service.database();
    let lease = state.new_lease();
    let mut decided: Option<(SagaVersion, Transition)> = None;
    for _ in 0..TRIES {
        let change = decided.as_ref().map(|(based_on, transition)| {
            let update = OrderUpdate::default();
            let change = Change::of(&state.policy, transition, update, based_on.elapsed);
            (based_on, change)
        });
        let change = change
            .as_ref()
            .map(|(based_on, change)| (*based_on, change));
        match orders::cancel(database, by, id, lease, change).await? {
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
            CancelOutcome::Decide(version) => {
                let transition = cancelled(state, &version, reason)?;
                decided = Some((version, transition));
            }
            CancelOutcome::Cancelled { order, claim } => {
                let epoch = claim.epoch;
                let driver = Driver::of_claim(state, *claim);
                if let (Some(driver), Some((based_on, transition))) = (driver, decided) {
                    log_entries(
                        &transition.saga,
                        transition.saga.state(&state.policy),
                        &transition.entries,
                        (epoch, based_on.seq),
                    );
                    spawn(driver.drive(transition.action));
                }
                publisher::wake(state);
                return Ok(*order);
            }
        }
    }
    Err(Problem::unavailable(
        "ORDER_BUSY",
        "The order was changing all the while; try again.",
        1,
    ))
}

/// The transition that cancels a saga.
fn cancelled(
    state: &Orders,
    version: &SagaVersion,
    reason: &Reason,
) -> Result<Transition, Problem> {
    let saga = fulfilment::read_saga(version.definition, version.saga.clone());
    let saga = saga.map_err(left_alone)?;
    let definition = fulfilment::definition_of(&saga).unwrap_or(&fulfilment::FULFILMENT);
    let input = Input::Cancelled(reason.clone());
    decide(definition, &state.policy, &saga, &input, version.elapsed).map_err(left_alone)
}

fn left_alone(cause: impl std::fmt::Display) -> Problem {
    log::warn("a saga is left alone", &[("cause", &cause)]);
    Problem::unavailable(
        "ORDER_BUSY",
        "A newer version of the service handles this order; try again.",
        1,
    )
}
