//! Billing's SQL functions on a real PostgreSQL: the barrier, races, deposits, plans, totals and the audit.

mod audit;
mod barrier;
mod currency;
mod deposits;
mod invariants;
mod plans;
mod races;
mod repeats;
mod totals;

use serde_json::Value;
use sql_tests::{Connection, Service};
use uuid::Uuid;

/// A connection to billing's database.
struct Billing(Connection);

impl Service for Billing {
    const NAME: &str = "billing";

    fn new(connection: Connection) -> Self {
        Self(connection)
    }

    fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Billing {
    async fn wallet(&self, user: Uuid) -> Value {
        let parameters = [&user as _, &Uuid::now_v7() as _];
        self.0.value("select wallet($1, $2)", &parameters).await
    }

    async fn balance(&self, user: Uuid) -> i64 {
        self.wallet(user).await["balance"].as_i64().unwrap()
    }

    async fn deposit(&self, user: Uuid, amount: i64) -> Value {
        self.deposit_as(user, Uuid::now_v7(), amount, None).await
    }

    /// `key`: the idempotency key and the body's fingerprint.
    async fn deposit_as(
        &self,
        user: Uuid,
        entry: Uuid,
        amount: i64,
        key: Option<(&str, &str)>,
    ) -> Value {
        let (key, fingerprint) = key.unzip();
        self.0
            .value(
                "select deposit($1, $2, $3, $4, $5, $6)",
                &[&user, &Uuid::now_v7(), &entry, &amount, &key, &fingerprint],
            )
            .await
    }

    async fn charge(&self, order: Uuid, user: Uuid, amount: i64) -> String {
        self.0
            .value(
                "select charge($1, $2, $3, $4)",
                &[&order, &user, &amount, &Uuid::now_v7()],
            )
            .await
    }

    async fn refund(&self, order: Uuid) -> String {
        self.0
            .value("select refund($1, $2)", &[&order, &Uuid::now_v7()])
            .await
    }

    /// Newest first.
    async fn transactions(&self, user: Uuid, before: i64, limit: i64) -> Vec<Value> {
        self.0
            .values(
                "select transactions($1, $2, $3, $4)",
                &[&user, &Uuid::now_v7(), &before, &limit],
            )
            .await
    }

    /// A user whose wallet has this amount.
    async fn customer(&self, amount: i64) -> Uuid {
        let user = Uuid::now_v7();
        assert_eq!(self.deposit(user, amount).await["outcome"], "DEPOSITED");
        user
    }
}
