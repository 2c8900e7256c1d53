//! Delivery's functions on a real PostgreSQL: the barrier in every order of arrival, races, and the slots.

mod barrier;
mod couriers;
mod invariants;
mod plans;
mod races;

use chrono::NaiveDate;
use postgres_server::ThrowawayDatabase;
use serde_json::Value;
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};
use uuid::Uuid;

/// One connection to delivery's database.
struct Delivery(Client);

async fn database() -> ThrowawayDatabase {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/delivery");
    ThrowawayDatabase::new(migrations).await.unwrap()
}

async fn delivery() -> Delivery {
    connect(&database().await).await
}

async fn connect(database: &ThrowawayDatabase) -> Delivery {
    Delivery(database.connect().await.unwrap())
}

/// A day of December 2026.
fn december(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
}

impl Delivery {
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

    async fn courier(&self) -> Uuid {
        let id = Uuid::now_v7();
        let statement = "select create_courier($1, 'Ann')";
        let made: Value = self.answer(statement, &[&id]).await;
        assert_eq!(made["availabilitySlot"], Value::Array(vec![]));
        id
    }

    async fn slots(&self, courier: Uuid) -> Vec<String> {
        let statement = "select courier_document(courier) from couriers courier where id = $1";
        let document: Value = self.answer(statement, &[&courier]).await;
        let slots = document["availabilitySlot"].as_array().unwrap();
        slots
            .iter()
            .map(|date| date.as_str().unwrap().to_owned())
            .collect()
    }

    /// The whole answer.
    async fn ask(&self, order: Uuid, date: NaiveDate, courier: Option<Uuid>) -> Value {
        self.answer("select reserve($1, $2, $3)", &[&order, &date, &courier])
            .await
    }

    /// The outcome alone.
    async fn reserve(&self, order: Uuid, date: NaiveDate, courier: Option<Uuid>) -> String {
        self.ask(order, date, courier).await["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn release(&self, order: Uuid) -> String {
        self.answer("select release($1)", &[&order]).await
    }

    /// The free couriers of each date.
    async fn availability(&self, from: NaiveDate, to: NaiveDate) -> Vec<(String, i64)> {
        let rows = self
            .0
            .query("select availability($1, $2)", &[&from, &to])
            .await
            .unwrap();
        let days = rows.iter().map(|row| row.get::<_, Value>(0));
        days.map(|day| {
            (
                day["date"].as_str().unwrap().to_owned(),
                day["freeCouriers"].as_i64().unwrap(),
            )
        })
        .collect()
    }

    async fn reservations(&self) -> i64 {
        self.answer("select count(*) from reservations", &[]).await
    }
}
