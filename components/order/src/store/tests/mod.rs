//! The functions of `migrations/order` and the statements beside this file, on a real PostgreSQL.

mod cancelling;
mod circuits;
mod leases;
mod lists;
mod metrics;
mod names;
mod outbox;
mod placing;
mod plans;
mod repeats;
mod retention;

use chrono::{TimeDelta, Utc};
use postgres_server::ThrowawayDatabase;
use saga::{Action, Input, Outcome, Policy, Reason, ReasonCode, Retry, Transition, decide, start};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    domain::Change,
    fulfilment::{self, FULFILMENT},
    participants::OrderUpdate,
};

const LEASE_MS: i32 = 15_000;

/// A database with the migrations of `order`.
async fn database() -> ThrowawayDatabase {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/order");
    ThrowawayDatabase::new(migrations).await.unwrap()
}

/// A customer's request for an order.
#[derive(Clone)]
struct Request {
    user: Uuid,
    key: Option<String>,
    fingerprint: Option<String>,
    days_ahead: i64,
}

impl Request {
    fn new(user: Uuid) -> Self {
        Self {
            user,
            key: None,
            fingerprint: None,
            days_ahead: 7,
        }
    }

    fn keyed(user: Uuid, key: &str, fingerprint: &str) -> Self {
        Self {
            key: Some(key.into()),
            fingerprint: Some(fingerprint.into()),
            ..Self::new(user)
        }
    }

    /// Places it; the outcome, and the order's id.
    async fn place(&self, client: &Client, id: Uuid) -> (String, Uuid) {
        let (outcome, order) = self.call(client, id).await;
        (outcome, order.unwrap().parse().unwrap())
    }

    /// Places it under an id of its own; only the outcome.
    async fn outcome(&self, client: &Client) -> String {
        self.call(client, Uuid::now_v7()).await.0
    }

    async fn call(&self, client: &Client, id: Uuid) -> (String, Option<String>) {
        let date = Utc::now().date_naive() + TimeDelta::days(self.days_ahead);
        let facts = json!({
            "items": [
                { "productId": Uuid::now_v7(), "name": "Чай", "unitPrice": 250, "quantity": 2 },
                { "productId": Uuid::now_v7(), "name": "Чашка", "unitPrice": 500, "quantity": 1 },
            ],
            "currency": "RUB",
            "deliveryDate": date,
            "courierId": null,
        });
        let change = change(&started(), 0);
        let statement = "select outcome, order_id from place_order($1, $2, $3, $4, $5, $6, $7, $8)";
        let row = client
            .query_one(
                statement,
                &[
                    &id,
                    &self.user,
                    &self.key,
                    &self.fingerprint,
                    &facts,
                    &change,
                    &Uuid::now_v7(),
                    &LEASE_MS,
                ],
            )
            .await
            .unwrap();
        (row.get("outcome"), row.get("order_id"))
    }
}

/// The first transition of a saga.
fn started() -> Transition {
    start(&FULFILMENT, &Policy::default(), 1)
}

/// A new order, and the transition that it was placed with.
async fn placed(client: &Client) -> (Uuid, Transition) {
    let id = Uuid::now_v7();
    let (outcome, _) = Request::new(Uuid::now_v7()).place(client, id).await;
    assert_eq!(outcome, "PLACED");
    (id, started())
}

fn change(transition: &Transition, now: i64) -> Value {
    let update = OrderUpdate::default();
    serde_json::to_value(Change::of(&Policy::default(), transition, update, now)).unwrap()
}

/// What a saga does with an input.
fn given(before: &Transition, input: &Input, now: i64) -> Transition {
    decide(&FULFILMENT, &Policy::default(), &before.saga, input, now).unwrap()
}

/// What a saga does when its customer cancels the order.
fn cancelled(before: &Transition) -> Transition {
    let code = ReasonCode::new(fulfilment::CANCELLED_BY_USER.code);
    given(before, &Input::Cancelled(Reason::new(code)), 9)
}

/// What a saga does when the shop cancels the order.
fn cancelled_by_shop(before: &Transition, reason: Option<&str>) -> Transition {
    let reason = Reason {
        code: ReasonCode::new(fulfilment::CANCELLED_BY_SHOP.code),
        detail: reason.map(str::to_owned),
    };
    given(before, &Input::Cancelled(reason), 9)
}

/// What a saga does when the call under way has an outcome.
fn answered(before: &Transition, outcome: Outcome, now: i64) -> Transition {
    let Action::Call(call) = before.action.clone() else {
        panic!("no call is under way: {:?}", before.action)
    };
    given(before, &Input::CallFinished(call, outcome), now)
}

/// Whether the transition was written.
async fn record(
    client: &Client,
    order: Uuid,
    (epoch, seq): (i64, i32),
    transition: &Transition,
    keep: bool,
) -> bool {
    let statement = "select from record_transition($1, $2, $3, $4, $5)";
    let change = change(transition, 0);
    let lease_ms = keep.then_some(LEASE_MS);
    let written = client
        .execute(statement, &[&order, &epoch, &seq, &change, &lease_ms])
        .await;
    written.unwrap() == 1
}

/// Fulfils an order; returns the last transition, and how many entries the journal has.
async fn complete(client: &Client, order: Uuid, placed: Transition) -> (Transition, i32) {
    let (mut decision, mut seq) = (placed, 2);
    while let Action::Call(_) = decision.action {
        decision = answered(&decision, Outcome::Done, 5);
        assert!(record(client, order, (1, seq), &decision, true).await);
        seq += i32::try_from(decision.entries.len()).unwrap();
    }
    (decision, seq)
}

async fn number(client: &Client, statement: &str) -> i64 {
    client.query_one(statement, &[]).await.unwrap().get(0)
}

async fn text(client: &Client, statement: &str, order: Uuid) -> String {
    let row = client.query_one(statement, &[&order]).await.unwrap();
    row.get(0)
}
