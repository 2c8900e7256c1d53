//! How every order stands, read from the database so that no reading takes a saga over.

use std::collections::HashMap;
use std::time::Duration;

use harness::databases::{Database, Service};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

const INTERVAL: Duration = Duration::from_millis(100);

/// How one order stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub status: String,
    /// Why it was cancelled: the code, and who refused.
    pub code: Option<String>,
    pub detail: Option<String>,
    /// Of the saga.
    pub state: String,
    pub ended: bool,
}

/// Looks until it is dropped.
pub struct Watch {
    standings: watch::Receiver<HashMap<Uuid, Standing>>,
    looking: JoinHandle<()>,
}

impl Watch {
    pub async fn start() -> Self {
        let order = Database::open(Service::Order).await;
        let (sender, standings) = watch::channel(HashMap::new());
        let looking = tokio::spawn(async move {
            while sender.send(look(&order).await).is_ok() {
                sleep(INTERVAL).await;
            }
        });
        Self { standings, looking }
    }

    pub fn standing(&self, order: Uuid) -> Option<Standing> {
        self.standings.borrow().get(&order).cloned()
    }

    /// Waits until the order stands as `is_right` says; how it stands when it does not in time.
    pub async fn until(
        &self,
        order: Uuid,
        patience: Duration,
        is_right: impl Fn(&Standing) -> bool,
    ) -> Result<Standing, Option<Standing>> {
        let mut standings = self.standings.clone();
        let right = standings.wait_for(|all| all.get(&order).is_some_and(&is_right));
        let reached = timeout(patience, right).await.is_ok_and(|it| it.is_ok());
        match self.standing(order) {
            Some(standing) if reached => Ok(standing),
            other => Err(other),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

async fn look(order: &Database) -> HashMap<Uuid, Standing> {
    let sql = "select orders.id, status, cancellation_code, cancellation_detail, state, ended_at is not null
               from orders join sagas on order_id = orders.id";
    let rows = order.rows(sql, &[]).await;
    rows.iter()
        .map(|row| {
            let standing = Standing {
                status: row.get(1),
                code: row.get(2),
                detail: row.get(3),
                state: row.get(4),
                ended: row.get(5),
            };
            (row.get(0), standing)
        })
        .collect()
}
