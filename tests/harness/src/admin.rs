//! The administrator, who adds products and couriers.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{answer::Answer, call::Call, client::Client, unique};

#[derive(Clone)]
pub struct Admin {
    pub client: Client,
    pub token: String,
}

impl Admin {
    pub fn get(&self, path: impl Into<String>) -> Call {
        self.client.get(path).bearer(&self.token)
    }

    pub fn post(&self, path: impl Into<String>) -> Call {
        self.client.post(path).bearer(&self.token)
    }

    pub fn patch(&self, path: impl Into<String>) -> Call {
        self.client.patch(path).bearer(&self.token)
    }

    /// A new product with a unique name.
    pub async fn product(&self, price: i64, quantity: i64) -> Uuid {
        let body = json!({"name": unique::name("product"), "price": price, "quantity": quantity});
        id_of(
            &self
                .post("/api/warehouse/products")
                .json(&body)
                .send()
                .await
                .expect(201),
        )
    }

    /// A new courier without reservations.
    pub async fn courier(&self) -> Uuid {
        let body = json!({"name": unique::name("courier")});
        id_of(
            &self
                .post("/api/delivery/couriers")
                .json(&body)
                .send()
                .await
                .expect(201),
        )
    }

    /// Cancels anyone's order for the shop.
    pub async fn cancel(&self, order: Uuid, reason: &str) -> Answer {
        let path = format!("/api/orders/admin/orders/{order}/cancel");
        self.post(path)
            .json(&json!({ "reason": reason }))
            .send()
            .await
    }

    /// The quantity of a product that can be bought.
    pub async fn quantity(&self, product: Uuid) -> i64 {
        let product = self
            .client
            .get(format!("/api/warehouse/products/{product}"))
            .send()
            .await
            .expect(200);
        product["quantity"].as_i64().expect("a quantity")
    }

    /// The dates on which a courier is reserved.
    pub async fn slot(&self, courier: Uuid) -> Vec<String> {
        let courier = self
            .get(format!("/api/delivery/couriers/{courier}"))
            .send()
            .await
            .expect(200);
        serde_json::from_value(courier["availabilitySlot"].clone()).expect("a list of dates")
    }
}

/// The `id` of a created resource.
#[track_caller]
pub fn id_of(body: &Value) -> Uuid {
    let id = body["id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let id = id.unwrap_or_else(|| panic!("no id in {body}"));
    assert_eq!(id.get_version_num(), 7, "{id} is no UUIDv7");
    id
}
