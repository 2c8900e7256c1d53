//! A participant of the saga, called as the order component does.

use serde_json::Value;
use uuid::Uuid;

use crate::{answer::Answer, call::Call, client::Client, tokens};

/// `billing`, `warehouse` or `delivery`, with the resource of its step.
#[derive(Clone)]
pub struct Participant {
    pub name: &'static str,
    resource: &'static str,
    client: Client,
    token: String,
}

impl Participant {
    pub(crate) fn new(client: &Client, name: &'static str, resource: &'static str) -> Self {
        Self {
            name,
            resource,
            client: client.clone(),
            token: tokens::service("order", name),
        }
    }

    /// The path of an order's step.
    pub fn path(&self, order: impl std::fmt::Display) -> String {
        format!("/internal/{}/{}/{order}", self.name, self.resource)
    }

    /// The PUT of the step, not sent yet.
    pub fn put_call(&self, order: Uuid, body: &Value) -> Call {
        self.client
            .put(self.path(order))
            .bearer(&self.token)
            .json(body)
    }

    /// Does the step with PUT.
    pub async fn put(&self, order: Uuid, body: &Value) -> Answer {
        self.put_call(order, body).send().await
    }

    /// Undoes the step with DELETE.
    pub async fn delete(&self, order: Uuid) -> Answer {
        self.client
            .delete(self.path(order))
            .bearer(&self.token)
            .send()
            .await
    }

    /// Undoes the step, and returns the status: `REFUNDED`, `RELEASED` or `VOID`.
    pub async fn undo(&self, order: Uuid) -> String {
        let body = self.delete(order).await.expect(200);
        assert_eq!(
            body["orderId"],
            order.to_string(),
            "the answer is of another order"
        );
        body["status"].as_str().expect("a status").to_owned()
    }

    /// Any other call of its internal interface, such as `POST quotes`.
    pub fn post(&self, path: &str) -> Call {
        self.client
            .post(format!("/internal/{}/{path}", self.name))
            .bearer(&self.token)
    }
}
