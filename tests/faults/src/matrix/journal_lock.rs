//! A lock on the rows of sagas. Journal writes of their drivers wait for it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use harness::environment;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// After so long without a waiting session none is left.
const QUIET: Duration = Duration::from_millis(300);

pub struct JournalLock {
    holder: Client,
    process: i32,
}

impl JournalLock {
    /// Locks the rows of these orders' sagas.
    pub async fn take(orders: &[Uuid]) -> Result<Self> {
        let url = environment::required("ZAKAZ_ORDER_DB_URL");
        let (holder, connection) = tokio_postgres::connect(&url, NoTls)
            .await
            .context("connecting to the order database")?;
        tokio::spawn(connection);
        holder.batch_execute("begin").await?;
        let sql = "select from sagas where order_id = any ($1) order by order_id for update";
        holder.execute(sql, &[&orders]).await?;
        let process = holder
            .query_one("select pg_backend_pid()", &[])
            .await?
            .get(0);
        Ok(Self { holder, process })
    }

    /// Waits until a session has waited for the lock for `long`.
    pub async fn wait_until_contended(&self, long: Duration, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        let mut since = None;
        while Instant::now() < end {
            let waiting = !self.waiting().await?.is_empty();
            since = waiting.then(|| since.unwrap_or_else(Instant::now));
            if since.is_some_and(|since| since.elapsed() >= long) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("no driver wrote its journal within {patience:?}")
    }

    /// Terminates all sessions of the service, so that no statement that waits for the lock, or is sent behind one that
    /// does, is written. The hosts that live open others.
    pub async fn terminate_waiting(&self) -> Result<()> {
        let sql = "select pg_terminate_backend(pid)
                   from pg_stat_activity
                   where datname = current_database() and usename <> current_user";
        // One that was opened just now waits for the lock next.
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < QUIET {
            if !self.waiting().await?.is_empty() {
                quiet_since = Instant::now();
            }
            self.holder.execute(sql, &[]).await?;
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    pub async fn release(self) -> Result<()> {
        Ok(self.holder.batch_execute("rollback").await?)
    }

    async fn waiting(&self) -> Result<Vec<i32>> {
        let sql = "select pid from pg_stat_activity where $1 = any (pg_blocking_pids(pid))";
        let rows = self.holder.query(sql, &[&self.process]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
