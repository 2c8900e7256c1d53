//! The load of a storm: its customers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harness::client::Client;
use harness::{tokens, unique};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::acknowledged::Acknowledged;
use super::catalogue::Catalogue;
use super::customer::{Memory, Patience, SimulatedCustomer};
use super::random::Random;
use crate::system::TestSystem;

/// The random stream of the first customer.
const FIRST_CUSTOMER_STREAM: u64 = 1_000;
const PROGRESS: Duration = Duration::from_secs(5);
const PATIENCE: Patience = Patience {
    answer: Duration::from_secs(4),
    tries: 8,
};

/// Clones share the customers.
#[derive(Clone)]
pub struct CustomerLoad {
    acknowledged: Arc<Acknowledged>,
    stopping: Arc<AtomicBool>,
    customers: Arc<Mutex<JoinSet<()>>>,
}

impl CustomerLoad {
    /// Starts `count` customers.
    pub fn start(system: &TestSystem, catalogue: &Arc<Catalogue>, seed: u64, count: usize) -> Self {
        let (acknowledged, stopping) = (
            Arc::new(Acknowledged::default()),
            Arc::new(AtomicBool::new(false)),
        );
        let mut customers = JoinSet::new();
        for number in 0..count {
            let random = Random::of(seed, FIRST_CUSTOMER_STREAM + number as u64, 0);
            let id = unique::id();
            let customer = SimulatedCustomer {
                id,
                token: Box::new(move || tokens::access(id, "CUSTOMER")),
                hosts: system.origins.iter().map(|it| Client::at(it)).collect(),
                patience: PATIENCE,
                random,
                catalogue: Arc::clone(catalogue),
                acknowledged: Arc::clone(&acknowledged),
                memory: Memory::default(),
            };
            customers.spawn(customer.act_until(Arc::clone(&stopping)));
        }
        Self {
            acknowledged,
            stopping,
            customers: Arc::new(Mutex::new(customers)),
        }
    }

    pub fn acknowledged(&self) -> &Acknowledged {
        &self.acknowledged
    }

    /// Waits until each customer has finished its current call. A panic of one is recorded as unexpected.
    pub async fn finish(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let mut customers = self.customers.lock().await;
        while let Some(customer) = customers.join_next().await {
            if let Err(error) = customer {
                self.acknowledged
                    .unexpected(format!("a customer panicked: {error}"));
            }
        }
    }

    pub async fn show_progress(self, begun: Instant) {
        loop {
            sleep(PROGRESS).await;
            let (orders, calls) = self.acknowledged.counts();
            let now = begun.elapsed().as_secs_f32();
            println!("storm: {now:>6.1} s  {orders} orders placed by {calls} calls");
        }
    }
}
