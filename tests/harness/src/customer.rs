//! A customer: a token, a wallet and orders.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    answer::Answer,
    call::Call,
    client::Client,
    eventually::eventually,
    order::{Order, Page},
};

/// Longer than a saga takes without faults.
pub const SAGA_PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub struct Customer {
    pub id: Uuid,
    pub token: String,
    pub client: Client,
}

impl Customer {
    pub fn get(&self, path: impl Into<String>) -> Call {
        self.client.get(path).bearer(&self.token)
    }

    pub fn post(&self, path: impl Into<String>) -> Call {
        self.client.post(path).bearer(&self.token)
    }

    /// Deposits money and returns the new balance.
    pub async fn deposit(&self, amount: i64) -> i64 {
        let body = self
            .post("/api/billing/wallet/deposits")
            .json(&json!({"amount": amount}))
            .send()
            .await
            .expect(201);
        body["balance"].as_i64().expect("a balance")
    }

    pub async fn balance(&self) -> i64 {
        self.get("/api/billing/wallet").send().await.expect(200)["balance"]
            .as_i64()
            .expect("a balance")
    }

    /// The ledger, newest first (the first hundred entries).
    pub async fn transactions(&self) -> Vec<Value> {
        let page: Page<Value> = self
            .get("/api/billing/wallet/transactions?limit=100")
            .send()
            .await
            .status(200)
            .read();
        page.items
    }

    /// Places an order, and does not wait for its saga.
    pub async fn place(&self, order: &Value) -> Order {
        self.post("/api/orders")
            .json(order)
            .send()
            .await
            .status(201)
            .read()
    }

    /// Places an order and returns it when its saga has ended.
    pub async fn place_and_wait(&self, order: &Value) -> Order {
        let call = self
            .post("/api/orders")
            .header("prefer", "wait=20")
            .json(order);
        let placed: Order = call.send().await.status(201).read();
        if placed.saga.has_ended() {
            placed
        } else {
            self.wait_for_end(placed.id).await
        }
    }

    pub async fn order(&self, id: Uuid) -> Order {
        self.get(format!("/api/orders/{id}"))
            .send()
            .await
            .status(200)
            .read()
    }

    /// Waits until the order's saga has ended, and returns the order.
    pub async fn wait_for_end(&self, id: Uuid) -> Order {
        eventually("the saga ends", SAGA_PATIENCE, || async move {
            let order = self.order(id).await;
            if order.saga.has_ended() {
                Ok(order)
            } else {
                Err(format!("{order:#?}"))
            }
        })
        .await
    }

    pub async fn cancel(&self, id: Uuid) -> Answer {
        self.post(format!("/api/orders/{id}/cancel")).send().await
    }
}
