//! Billing's functions on a real PostgreSQL: the barrier in every order of arrival, races, and the sums.

mod barrier;
mod deposits;
mod invariants;
mod plans;
mod races;

use postgres_server::ThrowawayDatabase;
use serde_json::Value;
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};
use uuid::Uuid;

/// One connection to billing's database.
struct Billing(Client);

async fn database() -> ThrowawayDatabase {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/billing");
    ThrowawayDatabase::new(migrations).await.unwrap()
}

async fn billing() -> Billing {
    connect(&database().await).await
}

async fn connect(database: &ThrowawayDatabase) -> Billing {
    Billing(database.connect().await.unwrap())
}

impl Billing {
    /// The one value that a statement answers with.
    async fn answer<T: FromSqlOwned>(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> T {
        self.0
            .query_one(statement, parameters)
            .await
            .unwrap()
            .get(0)
    }

    async fn wallet(&self, user: Uuid) -> Value {
        self.answer("select wallet($1, $2)", &[&user, &Uuid::now_v7()])
            .await
    }

    async fn balance(&self, user: Uuid) -> i64 {
        self.wallet(user).await["balance"].as_i64().unwrap()
    }

    async fn deposit(&self, user: Uuid, amount: i64) -> Value {
        self.deposit_as(user, Uuid::now_v7(), amount, None).await
    }

    /// `key`: the client's key and the body's fingerprint.
    async fn deposit_as(
        &self,
        user: Uuid,
        entry: Uuid,
        amount: i64,
        key: Option<(&str, &str)>,
    ) -> Value {
        let (key, fingerprint) = key.unzip();
        self.answer(
            "select deposit($1, $2, $3, $4, $5, $6)",
            &[&user, &Uuid::now_v7(), &entry, &amount, &key, &fingerprint],
        )
        .await
    }

    async fn charge(&self, order: Uuid, user: Uuid, amount: i64) -> String {
        self.answer(
            "select charge($1, $2, $3, $4)",
            &[&order, &user, &amount, &Uuid::now_v7()],
        )
        .await
    }

    async fn refund(&self, order: Uuid) -> String {
        self.answer("select refund($1, $2)", &[&order, &Uuid::now_v7()])
            .await
    }

    /// The newest first.
    async fn transactions(&self, user: Uuid, before: i64, limit: i64) -> Vec<Value> {
        let rows = self
            .0
            .query(
                "select transactions($1, $2, $3, $4)",
                &[&user, &Uuid::now_v7(), &before, &limit],
            )
            .await
            .unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn charges(&self) -> i64 {
        self.answer("select count(*) from charges", &[]).await
    }

    /// A user with this much money.
    async fn customer(&self, amount: i64) -> Uuid {
        let user = Uuid::now_v7();
        assert_eq!(self.deposit(user, amount).await["outcome"], "DEPOSITED");
        user
    }
}
