//! A part of the rig that is killed and started: its work blocks, so it is done on a thread of its own.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use postgres_server::PostgresServer;
use stack::Host;
use tokio::task::spawn_blocking;

/// Cloned, it is the same part.
pub struct Part<T>(Arc<Mutex<T>>);

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> Part<T> {
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

impl Part<Host> {
    /// Starts it and waits until it serves.
    pub async fn start(&self) -> Result<()> {
        self.work(|host| host.start(&[], || Ok(()))).await
    }

    /// Ends it as SIGKILL does.
    pub async fn kill(&self) -> Result<()> {
        self.work(Host::kill).await
    }

    /// Stops it where it is, as SIGSTOP does.
    pub async fn pause(&self) -> Result<()> {
        self.work(Host::pause).await
    }

    pub async fn go_on(&self) -> Result<()> {
        self.work(Host::resume).await
    }

    pub async fn is_running(&self) -> Result<bool> {
        self.work(|host| Ok(host.running())).await
    }

    /// The end of what it said.
    pub async fn last_words(&self) -> Result<String> {
        self.work(|host| Ok(host.last_output())).await
    }
}

impl Part<PostgresServer> {
    /// Stops it in immediate mode.
    pub async fn stop_immediately(&self) -> Result<()> {
        self.work(PostgresServer::stop_immediately).await
    }

    pub async fn start(&self) -> Result<()> {
        self.work(PostgresServer::start).await
    }
}
