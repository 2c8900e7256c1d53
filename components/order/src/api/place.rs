//! `POST /api/orders`.

use axum::{Extension, Json, extract::State, response::IntoResponse};
use chrono::Utc;
use futures::channel::oneshot;
use http::{StatusCode, header};
use saga::Decision;
use service::{
    Problem,
    background::spawn,
    identity::caller::User,
    telemetry::{TaskContext, request_id::RequestId, trace::TraceContext},
    web::{
        idempotency::{self, IdempotencyKey},
        language::Language,
        problem::ProblemDocument,
    },
};
use uuid::Uuid;

use crate::{
    catalogue::{self, Priced},
    domain::{Change, Instant, NewOrder, Order, OrderDocument, TimelineDocument, Wait},
    driver::{Driver, new_owner},
    publisher,
    state::Orders,
    store::{
        orders::{self, Facts, PlaceOutcome, Placement},
        sagas::Task,
    },
    transitions, watch,
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
            description = "`CATALOGUE_UNAVAILABLE`: prices cannot be had just now; nothing was ordered.",
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
    // The key is looked up before anything is checked: what it made was right when it was made.
    let new = body.read(NewOrder::read);
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
    // Nothing was: so the day counts as well, and its complaint stands beside the others.
    let today = Utc::now().date_naive();
    let new = body.read(|form| NewOrder::read_on(today, form))?;
    let priced = catalogue::price(&state, &new, &request_id.0).await?;

    let id = Uuid::now_v7();
    // The saga stays in the trace of this request, whoever drives it.
    let trace = TaskContext::current()
        .map_or_else(TraceContext::new_unsampled, |work| work.trace().clone());
    let (_, seed) = id.as_u64_pair();
    let decision = saga::place(&state.policy, seed as u32);
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
        change: Change::of(&state.policy, &decision, None, 0),
        owner: new_owner(),
        lease_ms: state.lease_ms,
    };
    let placed_at = match orders::place(state.service.database(), placement).await? {
        PlaceOutcome::Placed(at) => at,
        PlaceOutcome::Replayed(id) => return replay(&state, user, id, language, wait).await,
        PlaceOutcome::KeyReused => return Err(idempotency::reused()),
    };

    TaskContext::set_current_order(id);
    transitions::tell(
        &decision.saga,
        decision.saga.shown(&state.policy),
        &decision.events,
        (1, 0),
    );
    let task = Task {
        user_id: user.id,
        total: priced.total,
        delivery_date: new.delivery_date,
        courier_id: new.courier_id,
        items: new.contract_items(),
    };
    let driver = Driver::of_new_order(&state, id, task, trace, &decision);
    let (done, driven) = oneshot::channel();
    let next = decision.next;
    spawn(async move {
        driver.drive(next).await;
        // Nobody may be waiting.
        let _ = done.send(());
    });
    publisher::wake(&state);

    let as_placed = document(&state, id, &new, priced, &decision, placed_at);
    let order = match wait.duration() {
        None => as_placed,
        // The order is durable: that its progress cannot be watched is no reason to fail.
        Some(limit) => match watch::until_ended(&state, id, limit, Some(driven)).await {
            Ok(()) => read(&state, user, id).await.unwrap_or(as_placed),
            Err(_) => as_placed,
        },
    };
    Ok(answer(order, language, wait, false).into_response())
}

/// The answer to a request that was made before.
async fn replay(
    state: &Orders,
    user: User,
    id: Uuid,
    language: Language,
    wait: Wait,
) -> Result<axum::response::Response, Problem> {
    TaskContext::set_current_order(id);
    if let Some(limit) = wait.duration() {
        watch::until_ended(state, id, limit, None).await?;
    }
    let order = read(state, user, id).await?;
    Ok(answer(order, language, wait, true).into_response())
}

async fn read(state: &Orders, user: User, id: Uuid) -> Result<OrderDocument, Problem> {
    let order = orders::read(state.service.database(), user.id, id).await?;
    order.ok_or_else(|| Problem::internal("an order that was placed is not there"))
}

fn answer(
    order: OrderDocument,
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

/// The order as it stands the moment it is placed: all that the database would tell is known.
fn document(
    state: &Orders,
    id: Uuid,
    new: &NewOrder,
    priced: Priced,
    decision: &Decision,
    placed_at: Instant,
) -> OrderDocument {
    let statuses = Change::of(&state.policy, decision, None, 0).statuses;
    let timeline = (1..).zip(&statuses).map(|(seq, entered)| TimelineDocument {
        seq,
        status: entered.status,
        at: placed_at,
        note: None,
    });
    OrderDocument {
        id,
        status: statuses
            .last()
            .map_or(crate::domain::OrderStatus::Pending, |last| last.status),
        cancellation_code: None,
        cancellation_detail: None,
        total: priced.total,
        currency: state.currency.to_string(),
        delivery_date: new.delivery_date,
        courier_id: new.courier_id,
        created_at: placed_at,
        updated_at: placed_at,
        state: decision.saga.shown(&state.policy),
        saga: (&decision.saga).into(),
        due: false,
        items: priced.items,
        timeline: timeline.collect(),
    }
}
