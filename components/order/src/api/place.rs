//! `POST /api/orders`.

use std::{
    pin::pin,
    time::{self, Duration},
};

use axum::{Extension, Json, extract::State, response::IntoResponse};
use futures::future::{Either, select};
use http::{StatusCode, header};
use saga::{Action, Transition};
use service::{
    Problem,
    background::{spawn, yield_now},
    database::DatabaseError,
    identity::caller::User,
    telemetry::{TaskContext, request_id::RequestId, trace::TraceContext},
    web::{
        confirmed_currency::confirm,
        idempotency::{self, IdempotencyKey},
        language::Language,
        problem::ProblemDocument,
    },
};
use spin_sdk::time::sleep;
use uuid::Uuid;

use super::{prefer::Wait, today::today_for};
use crate::{
    catalogue::{self, Priced},
    domain::{Change, Instant, NewOrder, NewOrderItem, Order, OrderRecord, TimelineRecord},
    driver::Driver,
    fulfilment::{FULFILMENT, PENDING},
    participants::{OrderContents, OrderUpdate},
    polling::{self, PollInterval},
    publisher,
    state::Orders,
    store::orders::{self, Facts, PlaceOutcome, Placement},
    transition_log::log_entries,
};

/// Place an order
///
/// Answers as soon as the order is durable; its saga goes on after the answer. With `Prefer: wait=N` it
/// answers when the saga has ended, or after N seconds.
#[utoipa::path(
    post,
    path = "/api/orders",
    tag = "orders",
    operation_id = "placeOrder",
    security(("accessToken" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header,
            description = "1-128 visible ASCII characters; the same key and body order once.",
            min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
        ("Prefer" = Option<String>, Header, example = "wait=10",
            description = "`wait=N`: answer when the saga has ended, or after N seconds, 1 to 30."),
        ("Accept-Language" = Option<String>, Header, example = "en",
            description = "`ru` (default) or `en`: the language of labels and messages."),
    ),
    request_body = NewOrder,
    responses(
        (status = 201, description = "The order.", body = Order,
            headers(
                ("Location" = String, description = "Where the order is."),
                ("Content-Language" = String, description = "`ru` or `en`."),
                ("Preference-Applied" = Option<String>, description = "`wait=N` when it was honoured."),
                ("idempotency-replayed" = Option<String>,
                    description = "`true` when the key made this order before; it is shown as it stands now."),
            )),
        (status = 422,
            description = "`VALIDATION_FAILED`; `PRODUCT_NOT_FOUND`; `TOTAL_TOO_LARGE`; \
                `IDEMPOTENCY_KEY_REUSED`: the key was used for another body.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503,
            description = "`CATALOGUE_UNAVAILABLE`: there are no prices at the moment; nothing was ordered.",
            body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn place(
    user: User,
    State(state): State<Orders>,
    IdempotencyKey(key): IdempotencyKey,
    language: Language,
    wait: Wait,
    Extension(request_id): Extension<RequestId>,
    body: service::Json,
) -> Result<impl IntoResponse, Problem> {
    // The key is looked up before the body is checked: what was placed with it was right on its day.
    let new = body.read(|form| NewOrder::read(form, None));
    let key = match key {
        None => None,
        Some(key) => {
            let made = orders::find_by_key(state.service.database(), user.id, &key).await?;
            let fingerprint = new
                .as_ref()
                .ok()
                .map(idempotency::fingerprint)
                .transpose()?;
            if let Some(made) = made {
                if fingerprint.as_deref() != Some(made.fingerprint.as_str()) {
                    return Err(idempotency::reused());
                }
                return replay(&state, user, made.id, language, wait).await;
            }
            fingerprint.map(|fingerprint| (key, fingerprint))
        }
    };
    // A new order: now the delivery date is checked against today.
    let wanted = new.as_ref().ok().map(|new| new.delivery_date);
    let today = today_for(&state, wanted).await?;
    let new = body.read(|form| NewOrder::read(form, Some(today)))?;
    confirm(&state.service, &state.currency).await?;
    let priced = catalogue::price(&state, &new.items, &request_id.0).await?;

    let id = Uuid::now_v7();
    // The saga keeps the trace of this request, whoever drives it.
    let trace = TaskContext::current()
        .map_or_else(TraceContext::new_unsampled, |work| work.trace().clone());
    let (_, seed) = id.as_u64_pair();
    let started = saga::start(&FULFILMENT, &state.policy, seed as u32);
    let placement = Placement {
        id,
        user: user.id,
        key,
        facts: Facts {
            items: &priced.items,
            currency: &state.currency,
            delivery_date: new.delivery_date,
            courier_id: new.courier_id,
            trace: (&trace).into(),
        },
        change: Change::of(&state.policy, &started, OrderUpdate::default(), 0),
        lease: state.new_lease(),
    };
    let placed_at = match orders::place(state.service.database(), placement).await? {
        PlaceOutcome::Placed(at) => at,
        PlaceOutcome::Replayed(id) => return replay(&state, user, id, language, wait).await,
        PlaceOutcome::KeyReused => return Err(idempotency::reused()),
        PlaceOutcome::NotDeliverable => {
            return Err(Problem::invalid_field(
                "/deliveryDate",
                "Must be today (UTC) or later, and within 365 days.",
            ));
        }
    };

    TaskContext::set_current_order(id);
    log_entries(
        &started.saga,
        started.saga.state(&state.policy),
        &started.entries,
        (1, 0),
    );
    let contents = OrderContents {
        order_id: id,
        user_id: user.id,
        total: priced.total,
        delivery_date: new.delivery_date,
        courier_id: new.courier_id,
        items: NewOrderItem::for_warehouse(&new.items),
    };
    let driver = Driver::of_new_order(&state, contents, trace, &started);
    publisher::wake(&state);
    let placed = as_placed(&state, (id, user.id), &new, priced, &started, placed_at);
    let order = match wait.duration() {
        None => {
            spawn(driver.drive(started.action));
            placed
        }
        // The order is durable: when its progress cannot be read, it is shown as it was placed.
        Some(limit) => match drive_and_wait(&state, id, driver, started.action, limit).await {
            Ok(()) => read(&state, user, id).await.unwrap_or(placed),
            Err(_) => placed,
        },
    };
    Ok(answer(order, language, wait, false).into_response())
}

/// Drives the saga until it has ended, at most for `limit`; then it is driven on in the background. A driver
/// that takes long, or stops because another has the saga, is not waited for: the row is polled.
async fn drive_and_wait(
    state: &Orders,
    id: Uuid,
    driver: Driver,
    action: Action,
    limit: Duration,
) -> Result<(), DatabaseError> {
    let start = time::Instant::now();
    let driven = Box::pin(driver.drive(action));
    yield_now().await;
    let patience = pin!(sleep(limit.min(PollInterval::LONGEST * 4)));
    if let Either::Right((_, unfinished)) = select(driven, patience).await {
        spawn(unfinished);
    }
    polling::until_ended(state, id, limit.saturating_sub(start.elapsed())).await
}

/// The answer to a request that is repeated.
async fn replay(
    state: &Orders,
    user: User,
    id: Uuid,
    language: Language,
    wait: Wait,
) -> Result<axum::response::Response, Problem> {
    TaskContext::set_current_order(id);
    if let Some(limit) = wait.duration() {
        polling::until_ended(state, id, limit).await?;
    }
    let order = read(state, user, id).await?;
    Ok(answer(order, language, wait, true).into_response())
}

async fn read(state: &Orders, user: User, id: Uuid) -> Result<OrderRecord, Problem> {
    let order = orders::read(state.service.database(), user.id, id).await?;
    order.ok_or_else(|| Problem::internal("an order that was placed is not there"))
}

fn answer(
    order: OrderRecord,
    language: Language,
    wait: Wait,
    replayed: bool,
) -> impl IntoResponse + use<> {
    let location = [(header::LOCATION, format!("/api/orders/{}", order.id))];
    let mut headers = http::HeaderMap::from_iter([language.header()]);
    headers.extend(wait.applied());
    headers.extend(replayed.then(idempotency::replayed));
    let order: Json<Order> = Json(order.show(language));
    (StatusCode::CREATED, location, headers, order)
}

/// The order as it was placed: all that the database would return is known.
fn as_placed(
    state: &Orders,
    (id, user_id): (Uuid, Uuid),
    new: &NewOrder,
    priced: Priced,
    started: &Transition,
    placed_at: Instant,
) -> OrderRecord {
    let statuses = Change::of(&state.policy, started, OrderUpdate::default(), 0).statuses;
    let timeline = (1..).zip(&statuses).map(|(seq, entered)| TimelineRecord {
        seq,
        status: entered.status.clone(),
        at: placed_at,
        note: None,
    });
    let newest = statuses.last().map(|entered| entered.status.clone());
    OrderRecord {
        id,
        user_id,
        status: newest.unwrap_or_else(|| (&PENDING).into()),
        cancellation_code: None,
        cancellation_detail: None,
        total: priced.total,
        currency: state.currency.to_string(),
        delivery_date: new.delivery_date,
        courier_id: new.courier_id,
        created_at: placed_at,
        updated_at: placed_at,
        state: started.saga.state(&state.policy),
        saga: (&started.saga).into(),
        due: false,
        items: priced.items,
        timeline: timeline.collect(),
    }
}
