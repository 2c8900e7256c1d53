//! What was acknowledged to customers. In the end the databases must contain all of it, once.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use harness::databases::Databases;
use serde_json::Value;
use uuid::Uuid;

/// A customer and an idempotency key.
type Key = (Uuid, String);

#[derive(Clone, Debug)]
pub struct Placed {
    pub key: String,
    pub body: Value,
    pub order: Uuid,
}

/// A call without a good answer.
#[derive(Clone, Debug)]
pub struct Unanswered {
    pub at: Instant,
    /// Method and path.
    pub call: String,
    /// Whether it reads or has an idempotency key, so that a proxy may repeat it.
    pub repeatable: bool,
    /// A status, or why there was none.
    pub why: String,
}

#[derive(Default)]
pub struct Acknowledged(Mutex<Records>);

#[derive(Default)]
struct Records {
    /// Keys that were sent, with or without an answer.
    sent: HashSet<Key>,
    placed: HashMap<Key, Uuid>,
    deposited: HashMap<Key, (Uuid, i64)>,
    cancelled: HashSet<Uuid>,
    calls: usize,
    unanswered: Vec<Unanswered>,
    /// How long the answered calls took.
    answered: Vec<Duration>,
    replays: usize,
    unexpected: Vec<String>,
}

impl Acknowledged {
    fn with<T>(&self, work: impl FnOnce(&mut Records) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn called(&self) {
        self.with(|it| it.calls += 1);
    }

    pub fn unanswered(&self, call: Unanswered) {
        self.with(|it| it.unanswered.push(call));
    }

    pub fn answered(&self, within: Duration) {
        self.with(|it| it.answered.push(within));
    }

    /// The calls without a good answer so far.
    pub fn all_unanswered(&self) -> Vec<Unanswered> {
        self.with(|it| it.unanswered.clone())
    }

    /// The answers so far that nothing explains.
    pub fn all_unexpected(&self) -> Vec<String> {
        self.with(|it| it.unexpected.clone())
    }

    /// How long the slowest answered call took.
    pub fn slowest(&self) -> Duration {
        self.with(|it| it.answered.iter().copied().max().unwrap_or_default())
    }

    pub fn sent(&self, customer: Uuid, key: &str) {
        self.with(|it| it.sent.insert((customer, key.to_owned())));
    }

    pub fn placed(&self, customer: Uuid, key: &str, order: Uuid) {
        self.with(|it| it.placed.insert((customer, key.to_owned()), order));
    }

    pub fn deposited(&self, customer: Uuid, key: &str, entry: Uuid, amount: i64) {
        self.with(|it| {
            it.deposited
                .insert((customer, key.to_owned()), (entry, amount))
        });
    }

    pub fn cancelled(&self, order: Uuid) {
        self.with(|it| it.cancelled.insert(order));
    }

    pub fn replayed(&self) {
        self.with(|it| it.replays += 1);
    }

    /// Records an answer that no fault explains.
    pub fn unexpected(&self, what: String) {
        self.with(|it| it.unexpected.push(what));
    }

    /// The orders placed and the calls made so far.
    pub fn counts(&self) -> (usize, usize) {
        self.with(|it| (it.placed.len(), it.calls))
    }

    pub fn summary(&self) -> String {
        self.with(|it| {
            format!(
                "customers\n  {} calls, {} without a good answer; {} orders and {} deposits acknowledged, \
                 {} cancellations, {} replays; {} unexpected",
                it.calls,
                it.unanswered.len(),
                it.placed.len(),
                it.deposited.len(),
                it.cancelled.len(),
                it.replays,
                it.unexpected.len()
            )
        })
    }

    /// Compares the databases with what was acknowledged. Returns the differences.
    pub async fn violations(&self, databases: &Databases) -> Vec<String> {
        let sql = "select user_id, idempotency_key, id, status from orders where idempotency_key is not null";
        let rows = databases.order.rows(sql, &[]).await;
        let orders: HashMap<Key, (Uuid, String)> = rows
            .iter()
            .map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3))))
            .collect();
        let sql = "select user_id, idempotency_key, ledger.id, amount
                   from ledger join wallets on wallets.id = wallet_id where idempotency_key is not null";
        let rows = databases.billing.rows(sql, &[]).await;
        let deposits: HashMap<Key, (Uuid, i64)> = rows
            .iter()
            .map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3))))
            .collect();
        self.with(|it| it.violations(&orders, &deposits))
    }
}

impl Records {
    fn violations(
        &self,
        orders: &HashMap<Key, (Uuid, String)>,
        deposits: &HashMap<Key, (Uuid, i64)>,
    ) -> Vec<String> {
        let mut wrong = self.unexpected.clone();
        for (key, order) in &self.placed {
            let there = orders.get(key).map(|(id, _)| id);
            if there != Some(order) {
                wrong.push(format!(
                    "order {order} was acknowledged under {key:?}, and the database has {there:?}"
                ));
            }
        }
        for (key, deposit) in &self.deposited {
            let there = deposits.get(key);
            if there != Some(deposit) {
                wrong.push(format!(
                    "the deposit {deposit:?} was acknowledged under {key:?}, and the database has {there:?}"
                ));
            }
        }
        for (id, status) in orders.values() {
            if self.cancelled.contains(id) && status != "CANCELLED" {
                wrong.push(format!(
                    "the cancellation of order {id} was acknowledged, and it is {status}"
                ));
            }
        }
        // The databases may know other customers too.
        let customers: HashSet<Uuid> = self.sent.iter().map(|(customer, _)| *customer).collect();
        let unknown = orders
            .keys()
            .chain(deposits.keys())
            .filter(|key| customers.contains(&key.0) && !self.sent.contains(*key));
        wrong.extend(unknown.map(|key| format!("no customer has used the key {key:?}")));
        wrong
    }
}
