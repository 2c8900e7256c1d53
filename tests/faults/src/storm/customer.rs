//! A simulated customer: places orders, cancels, reads and deposits, and repeats unanswered calls under the same
//! key, as a good client does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::answer::Answer;
use harness::call::Call;
use harness::client::Client;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::acknowledged::{Acknowledged, Placed, Unanswered};
use super::catalogue::Catalogue;
use super::random::Random;

/// Whether a call can be repeated without doing anything twice: it reads, or it has an idempotency key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeatable {
    Yes,
    No,
}

/// How patient a customer is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long it waits for an answer.
    pub answer: Duration,
    /// How often it sends one call.
    pub tries: usize,
}

pub struct SimulatedCustomer {
    pub id: Uuid,
    /// Makes an access token for a call.
    pub token: Box<dyn Fn() -> String + Send>,
    /// Each call goes to any of them.
    pub hosts: Vec<Client>,
    pub patience: Patience,
    pub random: Random,
    pub catalogue: Arc<Catalogue>,
    pub acknowledged: Arc<Acknowledged>,
    pub memory: Memory,
}

/// What a customer has done so far.
#[derive(Default)]
pub struct Memory {
    placed: Vec<Placed>,
    keys: u64,
}

impl SimulatedCustomer {
    /// Makes calls, one after another, until `stopping` is set. The current one is finished.
    pub async fn act_until(mut self, stopping: Arc<AtomicBool>) {
        while !stopping.load(Ordering::Relaxed) {
            self.act().await;
        }
    }

    /// Makes the next call, chosen at random.
    async fn act(&mut self) {
        match self.random.below(100) {
            _ if self.memory.keys == 0 => self.deposit(40_000).await,
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
        let Some(answer) = self.send_until_answered(Repeatable::Yes, call).await else {
            return;
        };
        let Some(order) = self.id_in(&answer, 201) else {
            return;
        };
        self.acknowledged.placed(self.id, &key, order);
        self.memory.placed.push(Placed { key, body, order });
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
        let Some(answer) = self.send_until_answered(Repeatable::Yes, call).await else {
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
            .send_until_answered(Repeatable::No, |client| client.post(path.clone()))
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
            .send_until_answered(Repeatable::Yes, |client| client.get(path.clone()))
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
            .send_until_answered(Repeatable::Yes, |client| client.get("/api/orders?limit=20"))
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
        let Some(answer) = self.send_until_answered(Repeatable::Yes, call).await else {
            return;
        };
        let same = self.id_in(&answer, 201) == Some(order);
        if same && answer.header("idempotency-replayed") == Some("true") {
            self.acknowledged.replayed();
        } else {
            self.unexpected(&answer);
        }
    }

    /// Sends a call to any host until it is answered with something other than a failure of the system; `None` when it
    /// never was.
    async fn send_until_answered(
        &mut self,
        repeatable: Repeatable,
        call: impl Fn(&Client) -> Call,
    ) -> Option<Answer> {
        for _ in 0..self.patience.tries {
            let host = self.random.pick(&self.hosts)?.clone();
            let token = (self.token)();
            let call = call(&host).bearer(&token);
            let (shown, began) = (call.to_string(), Instant::now());
            self.acknowledged.called();
            let why = match timeout(self.patience.answer, call.try_send()).await {
                Ok(Ok(answer)) if is_failure(&answer) => {
                    if is_problem(&answer) && answer.header("retry-after").is_none() {
                        self.unexpected(&answer);
                    }
                    answer.status.to_string()
                }
                Ok(Ok(answer)) => {
                    self.acknowledged.answered(began.elapsed());
                    return Some(answer);
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {:?}", self.patience.answer),
            };
            self.acknowledged.unanswered(Unanswered {
                at: Instant::now(),
                call: shown.lines().next().unwrap_or_default().to_owned(),
                repeatable: repeatable == Repeatable::Yes,
                why,
            });
            sleep(self.random.pause(100, 900)).await;
        }
        None
    }

    /// The id in an answer of this status; any other status is unexpected.
    fn id_in(&self, answer: &Answer, status: u16) -> Option<Uuid> {
        // A gateway's answer may be no JSON.
        let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let id = body["id"].as_str().and_then(|id| id.parse().ok());
        if answer.status != status || id.is_none() {
            self.unexpected(answer);
            return None;
        }
        id
    }

    fn any_own_order(&mut self) -> Option<Placed> {
        // Mostly a recent one, whose saga may still be running.
        let recent = self.memory.placed.len().saturating_sub(4);
        let from = if self.random.percent(75) { recent } else { 0 };
        self.random.pick(&self.memory.placed[from..]).cloned()
    }

    fn new_key(&mut self) -> String {
        self.memory.keys += 1;
        let key = format!("key-{}", self.memory.keys);
        self.acknowledged.sent(self.id, &key);
        key
    }

    fn unexpected(&self, answer: &Answer) {
        self.acknowledged
            .unexpected(format!("an unexpected answer: {answer}"));
    }
}

/// Whether the system, or a gateway before it, could not answer.
fn is_failure(answer: &Answer) -> bool {
    match answer.status {
        503 => true,
        502 | 504 => !is_problem(answer),
        _ => false,
    }
}

/// Whether a service has answered, and not a gateway before it.
fn is_problem(answer: &Answer) -> bool {
    let content_type = answer.header("content-type").unwrap_or_default();
    content_type.starts_with("application/problem+json")
}
