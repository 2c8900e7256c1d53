//! The warehouse's SQL functions on a real PostgreSQL: the barrier, races, the catalogue, plans and totals.

mod barrier;
mod currency;
mod invariants;
mod plans;
mod products;
mod races;
mod repeats;
mod retirement;
mod search;
mod totals;

use serde_json::{Value, json};
use sql_tests::{Connection, Service};
use uuid::Uuid;

/// A connection to the warehouse's database.
struct Warehouse(Connection);

impl Service for Warehouse {
    const NAME: &str = "warehouse";

    fn new(connection: Connection) -> Self {
        Self(connection)
    }

    fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Warehouse {
    async fn create(&self, id: Uuid, name: &str, quantity: i64) -> Value {
        self.0
            .value(
                "select create_product($1, $2, lower($2), null, 100, $3)",
                &[&id, &name, &quantity],
            )
            .await
    }

    /// A new product with this quantity.
    async fn product(&self, quantity: i64) -> Uuid {
        let id = Uuid::now_v7();
        assert_eq!(self.create(id, "Tea", quantity).await["quantity"], quantity);
        id
    }

    /// Changes a product once for each `change`; null keeps a field.
    async fn update(&self, change: Uuid, id: Uuid, fields: Value) -> Value {
        let statement = "
            select coalesce(
                update_product(
                    $1, $2, it ->> 'name', lower(it ->> 'name'), it ? 'description', it ->> 'description',
                    (it ->> 'price')::bigint, (it ->> 'quantity')::bigint, (it ->> 'active')::boolean
                ),
                'null'
            )
            from (select $3::jsonb) as fields (it)";
        self.0.value(statement, &[&change, &id, &fields]).await
    }

    async fn change(&self, id: Uuid, fields: Value) -> Value {
        self.update(Uuid::now_v7(), id, fields).await
    }

    async fn set_quantity(&self, id: Uuid, quantity: i64) -> Value {
        self.change(id, json!({ "quantity": quantity })).await
    }

    async fn rename(&self, id: Uuid, name: &str) -> Value {
        self.change(id, json!({ "name": name })).await
    }

    async fn quantity(&self, id: Uuid) -> i64 {
        self.0
            .value(
                "select stocked - reserved from products where id = $1",
                &[&id],
            )
            .await
    }

    /// The complete result.
    async fn reservation(&self, order: Uuid, items: &[(Uuid, i32)]) -> Value {
        let items: Vec<_> = items
            .iter()
            .map(|(product, quantity)| json!({ "productId": product, "quantity": quantity }))
            .collect();
        self.0
            .value("select reserve($1, $2)", &[&order, &Value::from(items)])
            .await
    }

    /// Only the outcome.
    async fn reserve(&self, order: Uuid, items: &[(Uuid, i32)]) -> String {
        self.reservation(order, items).await["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn release(&self, order: Uuid) -> String {
        self.0.value("select release($1)", &[&order]).await
    }
}
