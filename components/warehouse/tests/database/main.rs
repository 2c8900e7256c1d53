//! The warehouse's functions on a real PostgreSQL: the barrier in every order of arrival, races, and the stock.

mod barrier;
mod invariants;
mod plans;
mod products;
mod races;

use postgres_server::ThrowawayDatabase;
use serde_json::{Value, json};
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};
use uuid::Uuid;

/// One connection to the warehouse's database.
struct Warehouse(Client);

async fn database() -> ThrowawayDatabase {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/warehouse");
    ThrowawayDatabase::new(migrations).await.unwrap()
}

async fn warehouse() -> Warehouse {
    connect(&database().await).await
}

async fn connect(database: &ThrowawayDatabase) -> Warehouse {
    Warehouse(database.connect().await.unwrap())
}

impl Warehouse {
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

    async fn create(&self, id: Uuid, name: &str, quantity: i64) -> Value {
        self.answer(
            "select create_product($1, $2, lower($2), null, 100, $3)",
            &[&id, &name, &quantity],
        )
        .await
    }

    /// A new product of this quantity.
    async fn product(&self, quantity: i64) -> Uuid {
        let id = Uuid::now_v7();
        assert_eq!(self.create(id, "Tea", quantity).await["quantity"], quantity);
        id
    }

    async fn set_quantity(&self, id: Uuid, quantity: i64) -> Value {
        self.answer(
            "select change_product($1, null, null, false, null, null, $2)",
            &[&id, &quantity],
        )
        .await
    }

    async fn quantity(&self, id: Uuid) -> i64 {
        self.answer(
            "select stocked - reserved from products where id = $1",
            &[&id],
        )
        .await
    }

    /// The whole answer.
    async fn ask(&self, order: Uuid, items: &[(Uuid, i32)]) -> Value {
        let items: Vec<_> = items
            .iter()
            .map(|(product, quantity)| json!({ "productId": product, "quantity": quantity }))
            .collect();
        self.answer("select reserve($1, $2)", &[&order, &Value::from(items)])
            .await
    }

    /// The outcome alone.
    async fn reserve(&self, order: Uuid, items: &[(Uuid, i32)]) -> String {
        self.ask(order, items).await["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn release(&self, order: Uuid) -> String {
        self.answer("select release($1)", &[&order]).await
    }

    async fn reservations(&self) -> i64 {
        self.answer("select count(*) from reservations", &[]).await
    }
}
