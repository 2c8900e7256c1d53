//! All the customers of a storm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harness::client::Client;
use harness::unique;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::dice::Dice;
use super::market::Market;
use super::memory::Memory;
use super::shopper::Shopper;
use crate::rig::Rig;

/// Of the dice.
const FIRST_SHOPPER: u64 = 1_000;
const PROGRESS: Duration = Duration::from_secs(5);

/// Cloned, it is the same crowd.
#[derive(Clone)]
pub struct Crowd {
    memory: Arc<Memory>,
    enough: Arc<AtomicBool>,
    shoppers: Arc<Mutex<JoinSet<()>>>,
}

impl Crowd {
    /// They begin at once.
    pub fn gather(rig: &Rig, market: &Arc<Market>, seed: u64, count: usize) -> Self {
        let (memory, enough) = (
            Arc::new(Memory::default()),
            Arc::new(AtomicBool::new(false)),
        );
        let mut shoppers = JoinSet::new();
        for number in 0..count {
            let dice = Dice::of(seed, FIRST_SHOPPER + number as u64, 0);
            let hosts = rig.origins.each_ref().map(|origin| Client::at(origin));
            let mut shopper = Shopper::new(
                unique::id(),
                dice,
                hosts,
                Arc::clone(market),
                Arc::clone(&memory),
            );
            let enough = Arc::clone(&enough);
            shoppers.spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    shopper.act().await;
                }
            });
        }
        Self {
            memory,
            enough,
            shoppers: Arc::new(Mutex::new(shoppers)),
        }
    }

    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Each finishes what it is about. A customer who broke down is a surprise.
    pub async fn go_home(&self) {
        self.enough.store(true, Ordering::Relaxed);
        let mut shoppers = self.shoppers.lock().await;
        while let Some(shopper) = shoppers.join_next().await {
            if let Err(error) = shopper {
                self.memory
                    .surprised(format!("a customer broke down: {error}"));
            }
        }
    }

    pub async fn show_progress(self, begun: Instant) {
        loop {
            sleep(PROGRESS).await;
            let (orders, calls) = self.memory.counts();
            let now = begun.elapsed().as_secs_f32();
            println!("storm: {now:>6.1} s  {orders} orders placed by {calls} calls");
        }
    }
}
