//! A host that reaches its databases through proxies.

use harness::{
    control::{ChangedHost, Control},
    databases::Service,
    postgres_proxy::{Fault, PostgresProxy},
    system::System,
};

/// The proxies, and the host behind them until [`ProxiedDatabases::end`].
#[must_use]
pub struct ProxiedDatabases<'a> {
    proxies: Vec<(Service, PostgresProxy)>,
    host: ChangedHost<'a>,
}

impl<'a> ProxiedDatabases<'a> {
    /// Starts the host anew, with a proxy before each database.
    pub async fn start(control: &'a Control, system: &System) -> Self {
        let (mut proxies, mut variables) = (Vec::new(), Vec::new());
        for service in Service::ALL {
            let variable = format!("{service}_db_host");
            let server = system.environment().variable(&variable);
            let proxy = PostgresProxy::in_front_of(server).await;
            variables.push((variable, proxy.address.clone()));
            proxies.push((service, proxy));
        }
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, address)| (name.as_str(), address.as_str()))
            .collect();
        let host = control.restart_host_with(&variables).await;
        Self { proxies, host }
    }

    pub fn of(&self, service: Service) -> &PostgresProxy {
        let found = self.proxies.iter().find(|(known, _)| *known == service);
        &found.expect("a proxy for each service").1
    }

    /// From now on this happens to the connections of all services.
    pub fn inject(&self, fault: Fault) {
        self.proxies
            .iter()
            .for_each(|(_, proxy)| proxy.inject(fault));
    }

    /// Starts the host without proxies.
    pub async fn end(self) {
        self.host.end().await;
    }
}
