//! The connections of a component: a pool for each address that it opens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use rustls::pki_types::CertificateDer;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use super::tls::MakeTls;

/// Connections of one component to one address. Who wants another waits until one is free, for ever.
const POOL_SIZE: usize = 64;

/// Connections by address and additional authorities.
#[derive(Clone, Default)]
pub struct Pools(Arc<Mutex<HashMap<Key, Pool>>>);

#[derive(PartialEq, Eq, Hash)]
struct Key {
    address: String,
    authorities: Vec<CertificateDer<'static>>,
}

impl Pools {
    /// A connection to the address, new or used before. One that was used before is cleaned of its
    /// session's state, but not rolled back.
    pub async fn open(
        &self,
        address: &str,
        config: Config,
        authorities: &[CertificateDer<'static>],
    ) -> anyhow::Result<Object> {
        let pool = self.pool(address, config, authorities)?;
        Ok(pool.get().await?)
    }

    fn pool(
        &self,
        address: &str,
        config: Config,
        authorities: &[CertificateDer<'static>],
    ) -> anyhow::Result<Pool> {
        let key = Key {
            address: address.to_owned(),
            authorities: authorities.to_vec(),
        };
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key) {
            return Ok(pool.clone());
        }
        let cleaning = ManagerConfig {
            recycling_method: RecyclingMethod::Clean,
        };
        let manager = if config.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(config, NoTls, cleaning)
        } else {
            Manager::from_config(config, MakeTls::new(authorities), cleaning)
        };
        let pool = Pool::builder(manager).max_size(POOL_SIZE).build()?;
        pools.insert(key, pool.clone());
        Ok(pool)
    }
}
