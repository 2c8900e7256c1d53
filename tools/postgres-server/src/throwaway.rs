//! Databases for tests.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use local_resources::random_hex;
use tokio::sync::Mutex;
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};

use crate::administrator::Administrator;
use crate::migrations::migrate;
use crate::server::PostgresServer;

/// A fresh database with a service's migrations, on a throwaway server that all tests of a process share. The server
/// ends with the process, and the database with it.
#[derive(Clone, Debug)]
pub struct ThrowawayDatabase {
    url: String,
}

impl ThrowawayDatabase {
    /// # Errors
    /// When no PostgreSQL is installed, it does not start, or a migration of `folder` fails.
    pub async fn new(folder: impl AsRef<Path>) -> Result<Self> {
        let name = format!("test_{}", random_hex(8)?);
        let url = server().await?.create_database(&name).await?;
        migrate(&url, folder).await?;
        Ok(Self { url })
    }

    /// The administrator's URL of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection to it, as its administrator.
    pub async fn connect(&self) -> Result<Client> {
        let connected = tokio_postgres::connect(&self.url, NoTls).await;
        let (client, connection) = connected.context("connecting to the throwaway database")?;
        tokio::spawn(connection);
        Ok(client)
    }
}

async fn server() -> Result<Administrator> {
    static SERVER: Mutex<Option<PostgresServer>> = Mutex::const_new(None);
    let mut server = SERVER.lock().await;
    if let Some(server) = server.as_ref() {
        return Ok(server.administrator());
    }
    let started = tokio::task::spawn_blocking(PostgresServer::temporary).await??;
    Ok(server.insert(started).administrator())
}

/// Whether any session of the observer's database waits for a lock within 5 s.
pub async fn waits_for_a_lock(observer: &Client) -> Result<bool> {
    let waiting = "select exists (
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
    )";
    for _ in 0..500 {
        if observer.query_one(waiting, &[]).await?.get(0) {
            return Ok(true);
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(false)
}
