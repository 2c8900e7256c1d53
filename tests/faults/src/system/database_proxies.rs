//! The proxies between the hosts and PostgreSQL, one for each service.

use anyhow::{Context, Result};
use harness::databases::Service;
use harness::postgres_proxy::{Fault, PostgresProxy};
use stack::Environment;

/// The proxy before each service's database.
pub struct DatabaseProxies([PostgresProxy; 5]);

impl DatabaseProxies {
    /// Starts them before the databases that the variables name, and has the variables name them instead.
    pub(super) async fn start(variables: &mut Environment) -> Result<Self> {
        let mut proxies = Vec::new();
        for service in Service::ALL {
            let variable = format!("{service}_db_host");
            let server = variables.get(&variable).with_context(|| variable.clone())?;
            let proxy = PostgresProxy::in_front_of(server).await;
            variables.set(&variable, &proxy.address);
            proxies.push(proxy);
        }
        Ok(Self(proxies.try_into().ok().context("five proxies")?))
    }

    pub fn of(&self, service: Service) -> &PostgresProxy {
        &self.0[service as usize]
    }

    /// Ends all faults.
    pub fn restore(&self) {
        self.0.iter().for_each(|proxy| proxy.inject(Fault::None));
    }

    /// How many connections and statements have had a fault.
    pub fn faults(&self) -> usize {
        self.0.iter().map(PostgresProxy::faults).sum()
    }
}
