//! The functions of `migrations/order` and the statements beside this file, on a real PostgreSQL.

mod cancelling;
mod leases;
mod metrics;
mod outbox;
mod placing;
mod plans;

use chrono::{Days, Utc};
use postgres_server::ThrowawayDatabase;
use saga::{Decision, Happened, Next, Outcome, Policy, decide};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::domain::Change;

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
    days_ahead: u64,
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

    /// Outcome and id.
    async fn place(&self, client: &Client, id: Uuid) -> (String, Uuid) {
        let date = Utc::now().date_naive() + Days::new(self.days_ahead);
        let facts = json!({
            "items": [
                { "productId": Uuid::now_v7(), "name": "Чай", "unitPrice": 250, "quantity": 2 },
                { "productId": Uuid::now_v7(), "name": "Чашка", "unitPrice": 500, "quantity": 1 },
            ],
            "currency": "RUB",
            "deliveryDate": date,
            "courierId": null,
        });
        let change = change(&saga::place(&Policy::default(), 1), 0);
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
        let order: String = row.get("order_id");
        (row.get("outcome"), order.parse().unwrap())
    }
}

/// A new order, and the decision that placed it.
async fn placed(client: &Client) -> (Uuid, Decision) {
    let id = Uuid::now_v7();
    let (outcome, _) = Request::new(Uuid::now_v7()).place(client, id).await;
    assert_eq!(outcome, "PLACED");
    (id, saga::place(&Policy::default(), 1))
}

fn change(decision: &Decision, now: i64) -> Value {
    serde_json::to_value(Change::of(&Policy::default(), decision, None, now)).unwrap()
}

/// What is decided when the call under way comes to `outcome`.
fn answered(before: &Decision, outcome: Outcome, now: i64) -> Decision {
    let Next::Call(call) = before.next else {
        panic!("no call is under way: {:?}", before.next)
    };
    let happened = Happened::Answered(call, outcome);
    decide(&Policy::default(), &before.saga, &happened, now)
}

/// Whether the decision was written.
async fn record(
    client: &Client,
    order: Uuid,
    (epoch, seq): (i64, i32),
    decision: &Decision,
    keep: bool,
) -> bool {
    let statement = "select from record_saga($1, $2, $3, $4, $5, $6)";
    let change = change(decision, 0);
    let written = client
        .execute(
            statement,
            &[&order, &epoch, &seq, &change, &keep, &LEASE_MS],
        )
        .await;
    written.unwrap() == 1
}

/// Drives an order to its end, all going well; `seq` after it.
async fn complete(client: &Client, order: Uuid, placed: Decision) -> (Decision, i32) {
    let (mut decision, mut seq) = (placed, 2);
    while let Next::Call(_) = decision.next {
        decision = answered(&decision, Outcome::Done, 5);
        assert!(record(client, order, (1, seq), &decision, true).await);
        seq += i32::try_from(decision.events.len()).unwrap();
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
