//! Delivery's SQL functions on a real PostgreSQL: the barrier, races, couriers, plans and totals.

mod barrier;
mod couriers;
mod invariants;
mod plans;
mod races;
mod repeats;
mod retirement;
mod totals;

use chrono::NaiveDate;
use serde_json::Value;
use sql_tests::{Connection, Service};
use uuid::Uuid;

/// A connection to delivery's database.
struct Delivery(Connection);

impl Service for Delivery {
    const NAME: &str = "delivery";

    fn new(connection: Connection) -> Self {
        Self(connection)
    }

    fn connection(&self) -> &Connection {
        &self.0
    }
}

/// A day of December 2026.
fn december(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
}

impl Delivery {
    /// A new courier.
    async fn courier(&self) -> Uuid {
        let id = Uuid::now_v7();
        let statement = "select create_courier($1, 'Ann')";
        let created: Value = self.0.value(statement, &[&id]).await;
        assert_eq!(created["availabilitySlot"], Value::Array(vec![]));
        id
    }

    /// Changes a courier once for each `change`.
    async fn update(
        &self,
        change: Uuid,
        courier: Uuid,
        name: Option<&str>,
        active: Option<bool>,
    ) -> Option<Value> {
        let statement = "select update_courier($1, $2, $3, $4)";
        self.0
            .value(statement, &[&change, &courier, &name, &active])
            .await
    }

    async fn set_active(&self, courier: Uuid, active: bool) -> Value {
        self.update(Uuid::now_v7(), courier, None, Some(active))
            .await
            .unwrap()
    }

    /// The dates on which the courier is reserved.
    async fn slots(&self, courier: Uuid) -> Vec<String> {
        let statement = "select courier_document(courier) from couriers courier where id = $1";
        let document: Value = self.0.value(statement, &[&courier]).await;
        let slots = document["availabilitySlot"].as_array().unwrap();
        slots
            .iter()
            .map(|date| date.as_str().unwrap().to_owned())
            .collect()
    }

    /// The complete result.
    async fn reservation(&self, order: Uuid, date: NaiveDate, courier: Option<Uuid>) -> Value {
        self.0
            .value("select reserve($1, $2, $3)", &[&order, &date, &courier])
            .await
    }

    /// Only the outcome.
    async fn reserve(&self, order: Uuid, date: NaiveDate, courier: Option<Uuid>) -> String {
        self.reservation(order, date, courier).await["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn release(&self, order: Uuid) -> String {
        self.0.value("select release($1)", &[&order]).await
    }

    /// The number of free couriers on each date.
    async fn availability(&self, from: NaiveDate, to: NaiveDate) -> Vec<(String, i64)> {
        let days: Vec<Value> = self
            .0
            .values("select availability($1, $2)", &[&from, &to])
            .await;
        let days = days.iter();
        days.map(|day| {
            (
                day["date"].as_str().unwrap().to_owned(),
                day["freeCouriers"].as_i64().unwrap(),
            )
        })
        .collect()
    }
}
