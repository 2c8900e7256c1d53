//! A process of the test system. Starting and killing it blocks, so this runs on a thread for blocking work.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use postgres_server::PostgresServer;
use stack::Host;
use tokio::task::spawn_blocking;

/// Clones share the process.
pub struct ManagedProcess<T>(Arc<Mutex<T>>);

impl<T> Clone for ManagedProcess<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> ManagedProcess<T> {
    pub fn new(part: T) -> Self {
        Self(Arc::new(Mutex::new(part)))
    }

    async fn work<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut T) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let part = Arc::clone(&self.0);
        spawn_blocking(move || work(&mut part.lock().unwrap_or_else(PoisonError::into_inner)))
            .await?
    }
}

impl ManagedProcess<Host> {
    /// Starts it and waits until it serves.
    pub async fn start(&self) -> Result<()> {
        self.work(|host| host.start(&[], || Ok(()))).await
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&self) -> Result<()> {
        self.work(Host::kill).await
    }

    /// Pauses it with SIGSTOP.
    pub async fn pause(&self) -> Result<()> {
        self.work(Host::pause).await
    }

    pub async fn resume(&self) -> Result<()> {
        self.work(Host::resume).await
    }

    pub async fn is_running(&self) -> Result<bool> {
        self.work(|host| Ok(host.running())).await
    }

    /// The last lines of its output.
    pub async fn last_output(&self) -> Result<String> {
        self.work(|host| Ok(host.last_output())).await
    }
}

impl ManagedProcess<PostgresServer> {
    /// Stops it in immediate mode.
    pub async fn stop_immediately(&self) -> Result<()> {
        self.work(PostgresServer::stop_immediately).await
    }

    pub async fn start(&self) -> Result<()> {
        self.work(PostgresServer::start).await
    }
}
