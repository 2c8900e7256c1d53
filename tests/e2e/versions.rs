//! Sagas that another build left unfinished: those of an older definition end, those of a newer one are left
//! alone and shown.

use std::time::Duration;

use futures::{StreamExt, stream};
use harness::{
    databases::{Database, Service},
    eventually::eventually,
    order::{Page, SagaState, Status, StepState},
    purchase::{Holdings, PRICE, Purchase},
    system::System,
    unique,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

/// Journals and states as a build of definition 1 wrote them.
const DEFINITION_1: &str = include_str!("../../components/order/tests/recorded/definition_1.json");
/// A definition that no build knows.
const UNKNOWN: i32 = 1_000_000;
/// How long ago the last entry was written, so that everything is due.
const AGE: i64 = 61_000;
const DEADLINE: i64 = 300_000;
/// Sagas that are claimed this close to their deadline may end either way.
const CLOSE: i64 = 30_000;

#[derive(Debug, Clone, Deserialize)]
struct Hicase {
    name: String,
    moments: Vec<Moment>,
}

#[derive(Debug, Clone, Deserialize)]
struct Moment {
    at: i64,
    events: Vec<Value>,
    state: String,
    saga: Value,
}

fn recorded() -> Vec<Hicase> {
    serde_json::from_str(DEFINITION_1).expect("a recording")
}

/// An order that a build has left at a moment of a hicase.
struct UnfinishedOrder {
    case: String,
    purchase: Purchase,
    id: Uuid,
    journal: Vec<Value>,
    moment: Moment,
    /// The version of the definition that wrote its state.
    definition: i32,
}

impl UnfinishedOrder {
    /// Makes what the participants have of it by then; `arrived` says whether the calls whose outcome the
    /// journal does not know had arrived. The order itself is not there yet.
    async fn prepare(hicase: &Hicase, moment: usize, arrived: bool) -> Self {
        let system = System::connect();
        let journal = hicase.moments[..=moment].iter();
        let left = Self {
            case: format!("{} at moment {moment}, arrived: {arrived}", hicase.name),
            purchase: Purchase::affordable(&system).await,
            id: unique::id(),
            journal: journal.flat_map(|it| it.events.clone()).collect(),
            moment: hicase.moments[moment].clone(),
            definition: 1,
        };
        let (id, purchase) = (left.id, &left.purchase);
        let steps = left.moment.saga["steps"].as_array().expect("steps");
        let charge = json!({"userId": purchase.customer.id, "amount": PRICE});
        let items = json!({"items": [{"productId": purchase.product, "quantity": 1}]});
        let courier = json!({"date": purchase.date, "courierId": purchase.courier});
        for (step, participant, body) in [
            (&steps[0], system.billing(), charge),
            (&steps[1], system.warehouse(), items),
            (&steps[2], system.delivery(), courier),
        ] {
            let was = |kind| left.has_entry(kind, &step["name"]);
            let unknown = matches!(
                step["state"].as_str(),
                Some("RUNNING" | "UNKNOWN" | "UNDOING")
            );
            if was("DONE") || (unknown && arrived) {
                participant.put(id, &body).await.status(201);
            }
            if was("UNDONE") || (was("UNDO_SENT") && arrived) {
                participant.delete(id).await.status(200);
            }
        }
        left
    }

    /// Whether the journal has an entry of this kind about this step.
    fn has_entry(&self, kind: &str, step: &Value) -> bool {
        let mut journal = self.journal.iter();
        journal.any(|event| event["type"] == kind && event["step"] == *step)
    }

    /// Writes the order, its journal and its saga as that build left them, its lease long over.
    async fn insert(&self, database: &Database) {
        let cancelled = self.journal.iter().find(|it| it["type"] == "TURNED_BACK");
        let reason = cancelled.map(|event| event["reason"].clone());
        let statuses: Vec<Value> = self.journal.iter().filter_map(status).collect();
        let courier = self.has_entry("DONE", &json!("RESERVE_COURIER"));
        let facts = json!({
            "age": self.moment.at + AGE,
            "status": statuses.last().expect("a status")["status"],
            "code": reason.as_ref().map(|it| &it["code"]),
            "detail": reason.as_ref().map(|it| &it["detail"]),
            "courier": courier.then_some(self.purchase.courier),
            "state": self.moment.state,
            "definition": self.definition,
            "saga": self.moment.saga,
            "ended": matches!(self.moment.state.as_str(), "COMPLETED" | "COMPENSATED"),
            "events": self.journal,
            "statuses": statuses,
        });
        let statement = "
            with given as (
                select $1::uuid as id, $6::jsonb as it,
                    date_trunc('milliseconds', now()) - ($6::jsonb ->> 'age')::bigint * interval '1 ms' as placed
            ),
            an_order as (
                insert into orders (
                    id, user_id, status, cancellation_code, cancellation_detail, total, currency,
                    delivery_date, wanted_courier_id, courier_id, created_at, updated_at
                )
                select id, $2, it ->> 'status', it ->> 'code', it ->> 'detail', $7, 'RUB',
                    $5, $4, (it ->> 'courier')::uuid, placed, placed
                from given
            ),
            lines as (
                insert into order_items (order_id, line, product_id, name, unit_price, quantity)
                select id, 1, $3, 'Tea', $7, 1
                from given
            ),
            a_saga as (
                insert into sagas (
                    order_id, state, definition, saga, epoch, seq, due_at, created_at, updated_at, ended_at
                )
                select id, it ->> 'state', (it ->> 'definition')::int, it -> 'saga', 1, jsonb_array_length(it -> 'events'),
                    case when not (it ->> 'ended')::boolean then placed end, placed, placed,
                    case when (it ->> 'ended')::boolean then placed end
                from given
            ),
            journal as (
                insert into saga_journal (order_id, seq, epoch, definition, entry, at)
                select id, seq, 1, 1, entry, placed + (entry ->> 'at')::bigint * interval '1 ms'
                from given
                cross join jsonb_array_elements(it -> 'events') with ordinality as journal (entry, seq)
            ),
            entries as (
                insert into timeline (order_id, seq, status, note, at)
                select id, seq, entry ->> 'status', entry ->> 'note',
                    placed + (entry ->> 'at')::bigint * interval '1 ms'
                from given
                cross join jsonb_array_elements(it -> 'statuses') with ordinality as entries (entry, seq)
            )
            insert into outbox (order_id, seq, event, created_at)
            select id, seq, '{}', placed
            from given
            cross join jsonb_array_elements(it -> 'statuses') with ordinality as entries (entry, seq)";
        let (purchase, id) = (&self.purchase, self.id);
        database
            .change(
                statement,
                &[
                    &id,
                    &purchase.customer.id,
                    &purchase.product,
                    &purchase.courier,
                    &purchase.date,
                    &facts,
                    &PRICE,
                ],
            )
            .await;
    }

    /// The status that it must end with; `None` when READY and CANCELLED are both right.
    fn ending(&self) -> Option<Status> {
        let elapsed = self.moment.at + AGE;
        match self.moment.state.as_str() {
            "COMPLETED" => Some(Status::Ready),
            "RUNNING" if elapsed < DEADLINE - CLOSE => Some(Status::Ready),
            "RUNNING" if elapsed < DEADLINE + CLOSE => None,
            _ => Some(Status::Cancelled),
        }
    }

    async fn assert_end(&self) {
        let order = self.purchase.customer.wait_for_end(self.id).await;
        let case = &self.case;
        if let Some(ending) = self.ending() {
            assert_eq!(order.status, ending, "{case}: {order:#?}");
        }
        let ready = order.is_ready();
        let expected = Holdings {
            balance: if ready { 0 } else { PRICE },
            quantity: if ready { 0 } else { 1 },
            courier_reserved: ready,
        };
        assert_eq!(self.purchase.holdings().await, expected, "{case}");
    }
}

/// The entry of the timeline that an entry of the journal of definition 1 made.
fn status(event: &Value) -> Option<Value> {
    let (status, note) = match event["type"].as_str()? {
        "PLACED" => ("PENDING", &Value::Null),
        "SENT" if event["attempt"] == 1 => match event["step"].as_str()? {
            "CHARGE" => ("AWAITING_PAYMENT", &Value::Null),
            "RESERVE_ITEMS" => ("AWAITING_ITEM_RESERVATION", &Value::Null),
            _ => ("AWAITING_COURIER_RESERVATION", &Value::Null),
        },
        "COMPLETED" => ("READY", &Value::Null),
        "TURNED_BACK" => ("CANCELLED", &event["reason"]["detail"]),
        _ => return None,
    };
    Some(json!({"status": status, "note": note, "at": event["at"]}))
}

#[tokio::test]
async fn what_a_build_of_definition_1_left_unfinished_ends() {
    let database = &Database::open(Service::Order).await;
    let histories = recorded();
    let moments = histories.iter().flat_map(|hicase| {
        let moments = 0..hicase.moments.len();
        moments.flat_map(move |moment| [(hicase, moment, false), (hicase, moment, true)])
    });
    let left: Vec<UnfinishedOrder> = stream::iter(moments)
        .map(|(hicase, moment, arrived)| async move {
            let left = UnfinishedOrder::prepare(hicase, moment, arrived).await;
            left.insert(database).await;
            left
        })
        .buffer_unordered(8)
        .collect()
        .await;
    assert!(left.len() > 200, "only {} orders", left.len());
    System::connect().recover().await;
    stream::iter(&left)
        .for_each_concurrent(8, UnfinishedOrder::assert_end)
        .await;
}

#[tokio::test]
async fn an_order_that_a_build_of_definition_1_completed_can_be_cancelled() {
    let database = Database::open(Service::Order).await;
    let histories = recorded();
    let all_well = histories
        .iter()
        .find(|it| it.name == "all goes well")
        .expect("the hicase");
    let left = UnfinishedOrder::prepare(all_well, all_well.moments.len() - 1, true).await;
    left.insert(&database).await;
    let customer = &left.purchase.customer;
    assert!(customer.order(left.id).await.is_ready());
    customer.cancel(left.id).await.status(200);
    let order = customer.wait_for_end(left.id).await;
    assert_eq!(order.steps(), [StepState::Undone; 3]);
    assert_eq!(customer.balance().await, PRICE);
}

#[tokio::test]
async fn a_saga_of_a_newer_build_is_left_alone_and_shown() {
    let database = Database::open(Service::Order).await;
    let system = System::connect();
    let histories = recorded();
    let all_well = histories
        .iter()
        .find(|it| it.name == "all goes well")
        .expect("the hicase");
    let mut left = UnfinishedOrder::prepare(all_well, 1, false).await;
    let known = left.moment.saga.clone();
    left.definition = UNKNOWN;
    left.moment.saga["definition"] = json!(UNKNOWN);
    left.moment.saga["phase"] = json!("PONDERING");
    left.moment.saga["steps"][1]["mood"] = json!("good");
    left.insert(&database).await;
    let standing =
        "select definition, saga, epoch, seq, updated_at::text from sagas where order_id = $1";
    let read = async || {
        let rows = database.rows(standing, &[&left.id]).await;
        let row = rows.first().expect("the saga");
        (
            row.get::<_, i32>(0),
            row.get::<_, Value>(1),
            row.get::<_, i64>(2),
            row.get::<_, i32>(3),
            row.get::<_, String>(4),
        )
    };
    let before = read().await;
    let (admin, customer) = (&left.purchase.admin, &left.purchase.customer);

    // Everything that claims sagas is tried.
    for _ in 0..5 {
        system.recover().await;
        let order = customer.order(left.id).await;
        assert_eq!(order.saga.state, SagaState::Running);
        assert_eq!(
            order.steps(),
            [StepState::Done, StepState::Running, StepState::Waiting],
            "it is shown as it stands"
        );
        let one = format!("/api/orders/admin/sagas/{}/retry", left.id);
        let retried = admin.post(&one).send().await.expect(202);
        assert_eq!(retried["resumed"], 0);
        admin
            .post("/api/orders/admin/sagas/retry")
            .send()
            .await
            .status(202);
        customer.cancel(left.id).await.problem(503, "ORDER_BUSY");
        sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(read().await, before, "it was changed");

    let list = "/api/orders/admin/sagas?limit=100&state=RUNNING";
    let page: Page<Value> = admin.get(list).send().await.status(200).read();
    let shown = page.items.iter().find(|it| it["orderId"] == json!(left.id));
    let shown = shown.expect("it is in the admin's list");
    let error = shown["lastError"].as_str().unwrap_or_default();
    assert!(error.contains("newer build"), "{shown}");
    let metrics = system
        .client
        .get("/internal/orders/metrics")
        .bearer(system.operator_token())
        .send()
        .await
        .status(200);
    let line = "zakaz_order_sagas_of_newer_builds 1.0";
    assert!(metrics.text().lines().any(|it| it == line), "{metrics}");

    // The newer build gives it back, as when a release is rolled back after the last saga was moved.
    let give_back = "update sagas set definition = 1, saga = $2 where order_id = $1";
    database.change(give_back, &[&left.id, &known]).await;
    eventually("it ends", Duration::from_secs(30), || async {
        system.recover().await;
        match customer.order(left.id).await.is_ready() {
            true => Ok(()),
            false => Err("it is not ready".to_owned()),
        }
    })
    .await;
}
