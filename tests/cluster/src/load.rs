//! Customers who order, pay, cancel and read through the gateway meanwhile, and remember what they were answered.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use faults::storm::{
    Acknowledged, Catalogue, Memory, Patience, Random, SimulatedCustomer, Unanswered,
};
use harness::account::{Account, PASSWORD, log_in_call as log_in, token_pair};
use harness::client::Client;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::books::{Books, first_of};
use crate::gateway::Gateway;
use crate::installation::Installation;
use crate::newcomers::Newcomers;
use crate::wait::{self, Seen};

/// As many as make a machine of two cores busy without making it late.
const CUSTOMERS: u64 = 8;
const SEED: u64 = 1;
/// For how long the catalogue has enough couriers.
const LASTING: Duration = Duration::from_secs(60);
/// A customer repeats a call for longer than any outage of this check lasts.
const PATIENCE: Patience = Patience {
    answer: Duration::from_secs(20),
    tries: 200,
};
const ORDERS: Duration = Duration::from_secs(120);
/// An access token is good for 15 minutes.
const LOGIN: Duration = Duration::from_secs(420);
const LOGIN_AGAIN: Duration = Duration::from_secs(5);
/// Failures that follow each other within this are one outage.
const OUTAGE_GAP: Duration = Duration::from_secs(3);

pub struct Load {
    acknowledged: Arc<Acknowledged>,
    stopping: Arc<AtomicBool>,
    customers: JoinSet<()>,
    /// Logs the customers in again; ends with this.
    _logins: JoinSet<()>,
    newcomers: Newcomers,
    _gateway: Gateway,
}

/// The access token of a customer, as long as it is good.
#[derive(Clone)]
struct Token(Arc<Mutex<String>>);

impl Token {
    async fn of(account: &Account) -> Self {
        Self(Arc::new(Mutex::new(account.log_in().await.access)))
    }

    fn get(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Gets a new one now and then. A login that fails is tried again: the system may be away.
    async fn keep(self, client: Client, email: String) {
        loop {
            sleep(LOGIN).await;
            loop {
                let answer = log_in(&client, &email, PASSWORD).try_send().await;
                let answer = answer.ok().filter(|answer| answer.status == 200);
                if let Some(answer) = answer {
                    *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                        token_pair(&answer.json()).access;
                    break;
                }
                sleep(LOGIN_AGAIN).await;
            }
        }
    }
}

/// What the customers have met.
pub struct Met {
    pub orders: usize,
    pub calls: usize,
    /// Calls without a good answer.
    pub failed: Vec<Unanswered>,
    pub slowest: Duration,
}

/// A load that has ended, with nothing lost.
pub struct Finished {
    pub met: Met,
    /// How long the sagas took to end afterwards.
    pub settled: Duration,
    /// How many orders are READY in all.
    ready: i64,
}

impl Load {
    /// Starts the customers, and waits until the first have ordered.
    pub async fn start(installation: &Installation) -> Result<Self> {
        let gateway = Gateway::find(installation).await?;
        let admin = gateway.admin(installation).await?;
        let catalogue = Arc::new(Catalogue::open(&admin, LASTING).await);
        let acknowledged = Arc::new(Acknowledged::default());
        let stopping = Arc::new(AtomicBool::new(false));
        let (mut customers, mut logins) = (JoinSet::new(), JoinSet::new());
        for number in 0..CUSTOMERS {
            let account = gateway.account().await;
            let token = Token::of(&account).await;
            logins.spawn(
                token
                    .clone()
                    .keep(gateway.client.clone(), account.email.clone()),
            );
            let customer = SimulatedCustomer {
                id: account.id,
                token: Box::new(move || token.get()),
                hosts: vec![gateway.client.clone()],
                patience: PATIENCE,
                random: Random::of(SEED, number, 0),
                catalogue: Arc::clone(&catalogue),
                acknowledged: Arc::clone(&acknowledged),
                memory: Memory::default(),
            };
            customers.spawn(customer.act_until(Arc::clone(&stopping)));
        }
        let load = Self {
            acknowledged,
            stopping,
            customers,
            _logins: logins,
            newcomers: Newcomers::start(gateway.client.clone()),
            _gateway: gateway,
        };
        load.orders(20).await?;
        Ok(load)
    }

    /// Waits until this many more orders are acknowledged; returns how long that took.
    pub async fn orders(&self, more: usize) -> Result<Duration> {
        let wanted = self.acknowledged.counts().0 + more;
        let what = format!("{more} more orders");
        let placed = wait::until(&what, ORDERS, async || {
            let placed = self.acknowledged.counts().0;
            Ok(match placed >= wanted {
                true => Seen::Done(()),
                false => Seen::Missing(format!("there are {placed}{}", self.newest_failure())),
            })
        });
        Ok(placed.await?.1)
    }

    fn newest_failure(&self) -> String {
        let failed = self.acknowledged.all_unanswered();
        failed.last().map_or_else(String::new, |newest| {
            format!(
                "; {} calls failed, the newest is {}: {}",
                failed.len(),
                newest.call,
                newest.why
            )
        })
    }

    /// What the customers have met so far.
    pub fn met(&self) -> Met {
        let (orders, calls) = self.acknowledged.counts();
        Met {
            orders,
            calls,
            failed: self.acknowledged.all_unanswered(),
            slowest: self.acknowledged.slowest(),
        }
    }

    /// Ends the load, waits until every saga has ended, and compares the databases with what was acknowledged.
    ///
    /// # Errors
    /// When something acknowledged is lost, an answer was wrong, or the books do not balance.
    pub async fn finish(mut self, installation: &Installation) -> Result<Finished> {
        self.stopping.store(true, Ordering::Relaxed);
        while let Some(customer) = self.customers.join_next().await {
            if let Err(error) = customer {
                self.acknowledged
                    .unexpected(format!("a customer panicked: {error}"));
            }
        }
        let met = self.met();
        let books = Books::open(installation).await?;
        let settled = books.settled().await?;
        let mut lost = self.acknowledged.violations(&books.databases).await;
        lost.extend(self.newcomers.lost(&books.databases.auth).await);
        if !lost.is_empty() {
            bail!(
                "{} differences from what was acknowledged:\n{}",
                lost.len(),
                first_of(&lost)
            );
        }
        books.balance().await?;
        let ready = books.ready_orders().await;
        Ok(Finished {
            met,
            settled,
            ready,
        })
    }
}

impl Met {
    /// The failed calls that may be repeated: a gateway should have done it.
    pub fn repeatable(&self) -> Vec<&Unanswered> {
        self.failed.iter().filter(|call| call.repeatable).collect()
    }

    /// Fails when a call that may be repeated failed.
    pub fn no_failure(&self) -> Result<()> {
        let failed = self.repeatable();
        if failed.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = failed
            .iter()
            .map(|it| format!("{}: {}", it.call, it.why))
            .collect();
        bail!(
            "{} of {} calls that may be repeated failed:\n{}",
            failed.len(),
            self.calls,
            first_of(&shown)
        )
    }

    /// The longest time without a pause between failures.
    pub fn outage(&self) -> Duration {
        let (mut longest, mut began) = (Duration::ZERO, None);
        let mut before = None;
        for failure in &self.failed {
            let goes_on = before.is_some_and(|before| failure.at - before < OUTAGE_GAP);
            if !goes_on {
                began = Some(failure.at);
            }
            before = Some(failure.at);
            longest = longest.max(began.map_or(Duration::ZERO, |began| failure.at - began));
        }
        longest
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeatable = self.repeatable().len();
        write!(
            f,
            "{} orders in {} calls, {repeatable} failed, slowest {:.1} s",
            self.orders,
            self.calls,
            self.slowest.as_secs_f32()
        )?;
        let others = self.failed.len() - repeatable;
        if others > 0 {
            write!(f, " ({others} failed that no proxy may repeat)")?;
        }
        if repeatable > 0 {
            write!(f, ", longest outage {:.1} s", self.outage().as_secs_f32())?;
        }
        Ok(())
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; nothing lost, sagas ended after {} s, the books balance ({} READY orders)",
            self.met,
            self.settled.as_secs(),
            self.ready
        )
    }
}
