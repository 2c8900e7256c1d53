//! One customer in a storm: places orders, cancels, reads, deposits, and repeats what was not answered
//! under the same key, as a good client does.

use std::sync::Arc;
use std::time::Duration;

use harness::answer::Answer;
use harness::call::Call;
use harness::client::Client;
use harness::tokens;
use serde_json::json;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::dice::Dice;
use super::market::Market;
use super::memory::{Memory, Placed};

/// How long a customer waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often a customer tries one thing.
const TRIES: usize = 8;

pub struct Shopper {
    pub id: Uuid,
    pub dice: Dice,
    pub hosts: [Client; 2],
    pub market: Arc<Market>,
    pub memory: Arc<Memory>,
    placed: Vec<Placed>,
    keys: u64,
}

impl Shopper {
    pub fn new(
        id: Uuid,
        dice: Dice,
        hosts: [Client; 2],
        market: Arc<Market>,
        memory: Arc<Memory>,
    ) -> Self {
        Self {
            id,
            dice,
            hosts,
            market,
            memory,
            placed: Vec::new(),
            keys: 0,
        }
    }

    /// Does the next thing.
    pub async fn act(&mut self) {
        match self.dice.below(100) {
            _ if self.keys == 0 => self.deposit(40_000).await,
            0..50 => self.place().await,
            50..60 => {
                let amount = 1 + self.dice.below(3_000);
                self.deposit(amount).await;
            }
            60..72 => self.cancel().await,
            72..88 => self.read().await,
            88..94 => self.list().await,
            _ => self.replay().await,
        }
        sleep(self.dice.pause(20, 250)).await;
    }

    async fn place(&mut self) {
        let (key, body) = (self.new_key(), self.market.order(&mut self.dice));
        let wait = self.dice.percent(20);
        let call = |client: &Client| {
            let call = client.post("/api/orders").key(&key).json(&body);
            if wait {
                call.header("prefer", "wait=1")
            } else {
                call
            }
        };
        let Some(answer) = self.insist(call).await else {
            return;
        };
        let Some(order) = self.id_in(&answer, 201) else {
            return;
        };
        self.memory.placed(self.id, &key, order);
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
        let Some(answer) = self.insist(call).await else {
            return;
        };
        if let Some(entry) = self.id_in(&answer, 201) {
            self.memory.deposited(self.id, &key, entry, amount);
        }
    }

    async fn cancel(&mut self) {
        let Some(order) = self.one_of_mine() else {
            return;
        };
        let path = format!("/api/orders/{}/cancel", order.order);
        let Some(answer) = self.insist(|client| client.post(path.clone())).await else {
            return;
        };
        match answer.status {
            200 => self.memory.cancelled(order.order),
            409 => {}
            _ => self.surprised(&answer),
        }
    }

    async fn read(&mut self) {
        let Some(order) = self.one_of_mine() else {
            return;
        };
        let path = format!("/api/orders/{}", order.order);
        let Some(answer) = self.insist(|client| client.get(path.clone())).await else {
            return;
        };
        if self.id_in(&answer, 200).is_some_and(|id| id != order.order) {
            self.surprised(&answer);
        }
    }

    async fn list(&mut self) {
        let Some(answer) = self
            .insist(|client| client.get("/api/orders?limit=20"))
            .await
        else {
            return;
        };
        if answer.status != 200 {
            self.surprised(&answer);
        }
    }

    /// An order that was acknowledged is asked for once more.
    async fn replay(&mut self) {
        let Some(Placed { key, body, order }) = self.one_of_mine() else {
            return;
        };
        let call = |client: &Client| client.post("/api/orders").key(&key).json(&body);
        let Some(answer) = self.insist(call).await else {
            return;
        };
        let same = self.id_in(&answer, 201) == Some(order);
        if same && answer.header("idempotency-replayed") == Some("true") {
            self.memory.replayed();
        } else {
            self.surprised(&answer);
        }
    }

    /// Sends a call to one host or the other until there is an answer that says something; `None` when
    /// there was none.
    async fn insist(&mut self, call: impl Fn(&Client) -> Call) -> Option<Answer> {
        for _ in 0..TRIES {
            let host = &self.hosts[usize::from(self.dice.percent(50))];
            let token = tokens::access(self.id, "CUSTOMER");
            self.memory.called();
            let call = call(host).bearer(&token).try_send();
            match timeout(PATIENCE, call).await {
                Ok(Ok(answer)) if answer.status == 503 => {
                    if answer.header("retry-after").is_none() {
                        self.surprised(&answer);
                    }
                }
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(_)) | Err(_) => {}
            }
            self.memory.unanswered();
            sleep(self.dice.pause(100, 900)).await;
        }
        None
    }

    /// The id in an answer of this status; any other status is a surprise.
    fn id_in(&self, answer: &Answer, status: u16) -> Option<Uuid> {
        let id = answer.json()["id"].as_str().and_then(|id| id.parse().ok());
        if answer.status != status || id.is_none() {
            self.surprised(answer);
            return None;
        }
        id
    }

    fn one_of_mine(&mut self) -> Option<Placed> {
        // Mostly a recent one, whose saga may still be under way.
        let recent = self.placed.len().saturating_sub(4);
        let from = if self.dice.percent(75) { recent } else { 0 };
        self.dice.pick(&self.placed[from..]).cloned()
    }

    fn new_key(&mut self) -> String {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.memory.tried(self.id, &key);
        key
    }

    fn surprised(&self, answer: &Answer) {
        self.memory
            .surprised(format!("a surprising answer: {answer}"));
    }
}
