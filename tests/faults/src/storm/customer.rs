//! A simulated customer: places orders, cancels, reads and deposits, and repeats unanswered calls under the same
//! key, as a good client does.

use std::sync::Arc;
use std::time::Duration;

use harness::answer::Answer;
use harness::call::Call;
use harness::client::Client;
use harness::tokens;
use serde_json::json;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::acknowledged::{Acknowledged, Placed};
use super::catalogue::Catalogue;
use super::random::Random;

/// How long a customer waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often a customer sends one call.
const TRIES: usize = 8;

pub struct SimulatedCustomer {
    pub id: Uuid,
    pub random: Random,
    pub hosts: [Client; 2],
    pub catalogue: Arc<Catalogue>,
    pub acknowledged: Arc<Acknowledged>,
    placed: Vec<Placed>,
    keys: u64,
}

impl SimulatedCustomer {
    pub fn new(
        id: Uuid,
        random: Random,
        hosts: [Client; 2],
        catalogue: Arc<Catalogue>,
        acknowledged: Arc<Acknowledged>,
    ) -> Self {
        Self {
            id,
            random,
            hosts,
            catalogue,
            acknowledged,
            placed: Vec::new(),
            keys: 0,
        }
    }

    /// Makes the next call, chosen at random.
    pub async fn act(&mut self) {
        match self.random.below(100) {
            _ if self.keys == 0 => self.deposit(40_000).await,
            0..50 => self.place().await,
            50..60 => {
                let amount = 1 + self.random.below(3_000);
                self.deposit(amount).await;
            }
            60..72 => self.cancel().await,
            72..88 => self.read().await,
            88..94 => self.list().await,
            _ => self.replay().await,
        }
        sleep(self.random.pause(20, 250)).await;
    }

    async fn place(&mut self) {
        let (key, body) = (self.new_key(), self.catalogue.order(&mut self.random));
        let wait = self.random.percent(20);
        let call = |client: &Client| {
            let call = client.post("/api/orders").key(&key).json(&body);
            if wait {
                call.header("prefer", "wait=1")
            } else {
                call
            }
        };
        let Some(answer) = self.send_until_answered(call).await else {
            return;
        };
        let Some(order) = self.id_in(&answer, 201) else {
            return;
        };
        self.acknowledged.placed(self.id, &key, order);
        self.placed.push(Placed { key, body, order });
    }

    async fn deposit(&mut self, amount: u64) {
        let key = self.new_key();
        let amount = i64::try_from(amount).unwrap_or(1);
        let body = json!({"amount": amount});
        let call = |client: &Client| {
            client
                .post("/api/billing/wallet/deposits")
                .key(&key)
                .json(&body)
        };
        let Some(answer) = self.send_until_answered(call).await else {
            return;
        };
        if let Some(entry) = self.id_in(&answer, 201) {
            self.acknowledged.deposited(self.id, &key, entry, amount);
        }
    }

    async fn cancel(&mut self) {
        let Some(order) = self.any_own_order() else {
            return;
        };
        let path = format!("/api/orders/{}/cancel", order.order);
        let Some(answer) = self
            .send_until_answered(|client| client.post(path.clone()))
            .await
        else {
            return;
        };
        match answer.status {
            200 => self.acknowledged.cancelled(order.order),
            409 => {}
            _ => self.unexpected(&answer),
        }
    }

    async fn read(&mut self) {
        let Some(order) = self.any_own_order() else {
            return;
        };
        let path = format!("/api/orders/{}", order.order);
        let Some(answer) = self
            .send_until_answered(|client| client.get(path.clone()))
            .await
        else {
            return;
        };
        if self.id_in(&answer, 200).is_some_and(|id| id != order.order) {
            self.unexpected(&answer);
        }
    }

    async fn list(&mut self) {
        let Some(answer) = self
            .send_until_answered(|client| client.get("/api/orders?limit=20"))
            .await
        else {
            return;
        };
        if answer.status != 200 {
            self.unexpected(&answer);
        }
    }

    /// Repeats the request of an acknowledged order.
    async fn replay(&mut self) {
        let Some(Placed { key, body, order }) = self.any_own_order() else {
            return;
        };
        let call = |client: &Client| client.post("/api/orders").key(&key).json(&body);
        let Some(answer) = self.send_until_answered(call).await else {
            return;
        };
        let same = self.id_in(&answer, 201) == Some(order);
        if same && answer.header("idempotency-replayed") == Some("true") {
            self.acknowledged.replayed();
        } else {
            self.unexpected(&answer);
        }
    }

    /// Sends a call to either host until it is answered with something other than a 503; `None` when it never was.
    async fn send_until_answered(&mut self, call: impl Fn(&Client) -> Call) -> Option<Answer> {
        for _ in 0..TRIES {
            let host = &self.hosts[usize::from(self.random.percent(50))];
            let token = tokens::access(self.id, "CUSTOMER");
            self.acknowledged.called();
            let call = call(host).bearer(&token).try_send();
            match timeout(PATIENCE, call).await {
                Ok(Ok(answer)) if answer.status == 503 => {
                    if answer.header("retry-after").is_none() {
                        self.unexpected(&answer);
                    }
                }
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(_)) | Err(_) => {}
            }
            self.acknowledged.unanswered();
            sleep(self.random.pause(100, 900)).await;
        }
        None
    }

    /// The id in an answer of this status; any other status is unexpected.
    fn id_in(&self, answer: &Answer, status: u16) -> Option<Uuid> {
        let id = answer.json()["id"].as_str().and_then(|id| id.parse().ok());
        if answer.status != status || id.is_none() {
            self.unexpected(answer);
            return None;
        }
        id
    }

    fn any_own_order(&mut self) -> Option<Placed> {
        // Mostly a recent one, whose saga may still be running.
        let recent = self.placed.len().saturating_sub(4);
        let from = if self.random.percent(75) { recent } else { 0 };
        self.random.pick(&self.placed[from..]).cloned()
    }

    fn new_key(&mut self) -> String {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.acknowledged.sent(self.id, &key);
        key
    }

    fn unexpected(&self, answer: &Answer) {
        self.acknowledged
            .unexpected(format!("an unexpected answer: {answer}"));
    }
}
