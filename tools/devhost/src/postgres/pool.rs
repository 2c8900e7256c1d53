//! The connections of a component: a pool for each address that it opens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use super::connection::ConnectionBuilder;
use super::tls::{Authorities, connector};

/// Connections of one component, by address and additional authorities.
#[derive(Clone)]
pub struct Pools {
    /// How many to one address. A further `open` waits until one is free, without limit.
    size: usize,
    by_key: Arc<Mutex<HashMap<Key, Pool>>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    address: String,
    authorities: Option<Authorities>,
}

impl Pools {
    pub fn new(size: usize) -> Self {
        Self {
            size,
            by_key: Arc::default(),
        }
    }

    /// A connection to the address, new or used before. One that was used before is cleaned of its
    /// session's state, but not rolled back.
    pub async fn open(&self, builder: ConnectionBuilder, config: Config) -> anyhow::Result<Object> {
        let pool = self.pool(builder, config)?;
        Ok(pool.get().await?)
    }

    fn pool(&self, builder: ConnectionBuilder, config: Config) -> anyhow::Result<Pool> {
        let key = Key {
            address: builder.address,
            authorities: builder.authorities,
        };
        let mut pools = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key) {
            return Ok(pool.clone());
        }
        let cleaning = ManagerConfig {
            recycling_method: RecyclingMethod::Clean,
        };
        let manager = if config.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(config, NoTls, cleaning)
        } else {
            let connector = connector(key.authorities.as_ref())?;
            Manager::from_config(config, connector, cleaning)
        };
        let pool = Pool::builder(manager).max_size(self.size).build()?;
        pools.insert(key, pool.clone());
        Ok(pool)
    }
}
