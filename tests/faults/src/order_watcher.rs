//! The state of every order, read from the database: reading it over HTTP would claim its saga.

use std::collections::HashMap;
use std::time::Duration;

use harness::databases::{Database, Service};
use harness::eventually::eventually;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::Error;
use uuid::Uuid;

const INTERVAL: Duration = Duration::from_millis(100);
/// Longer than a restart of the server takes.
const RESTART: Duration = Duration::from_secs(60);

/// The state of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    pub status: String,
    /// Why it was cancelled: the code, and the participant with its reason.
    pub code: Option<String>,
    pub detail: Option<String>,
    /// The state of its saga.
    pub state: String,
    pub ended: bool,
}

/// Polls until it is dropped, also through restarts of the server.
pub struct OrderWatcher {
    states: watch::Receiver<HashMap<Uuid, OrderState>>,
    polling: JoinHandle<()>,
}

impl OrderWatcher {
    pub async fn start() -> Self {
        let mut order = Database::open(Service::Order).await;
        let (sender, states) = watch::channel(HashMap::new());
        let polling = tokio::spawn(async move {
            loop {
                match poll(&order).await {
                    Ok(states) => match sender.send(states) {
                        Ok(()) => sleep(INTERVAL).await,
                        Err(_) => return,
                    },
                    Err(_) => order = reopened().await,
                }
            }
        });
        Self { states, polling }
    }

    pub fn state(&self, order: Uuid) -> Option<OrderState> {
        self.states.borrow().get(&order).cloned()
    }

    /// Waits until `is_expected` holds of an order's state.
    ///
    /// # Errors
    /// The last state, when it does not hold within `patience`.
    pub async fn until(
        &self,
        order: Uuid,
        patience: Duration,
        is_expected: impl Fn(&OrderState) -> bool,
    ) -> Result<OrderState, Option<OrderState>> {
        let mut states = self.states.clone();
        let right = states.wait_for(|all| all.get(&order).is_some_and(&is_expected));
        let reached = timeout(patience, right).await.is_ok_and(|it| it.is_ok());
        match self.state(order) {
            Some(state) if reached => Ok(state),
            other => Err(other),
        }
    }
}

impl Drop for OrderWatcher {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

async fn reopened() -> Database {
    let open = || async {
        let opened = Database::try_open(Service::Order).await;
        opened.map_err(|error| error.to_string())
    };
    eventually("the server is there again", RESTART, open).await
}

async fn poll(order: &Database) -> Result<HashMap<Uuid, OrderState>, Error> {
    let sql = "select orders.id, status, cancellation_code, cancellation_detail, state, ended_at is not null
               from orders join sagas on order_id = orders.id";
    let rows = order.try_rows(sql, &[]).await?;
    let states = rows.iter().map(|row| {
        let state = OrderState {
            status: row.get(1),
            code: row.get(2),
            detail: row.get(3),
            state: row.get(4),
            ended: row.get(5),
        };
        (row.get(0), state)
    });
    Ok(states.collect())
}
