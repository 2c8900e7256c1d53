//! The test system: PostgreSQL, two hosts on the same databases, a proxy before each participant, and one before each
//! database.

mod database_proxies;
mod managed_process;
mod recovery;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use harness::client::Client;
use harness::environment;
use harness::host_log::component_failures;
use harness::system::System;
use local_resources::{TemporaryFolder, port};
use postgres_server::{Binaries, Home, PostgresServer};
use stack::{Databases, Environment, Host, HostKind, SERVICES, workspace};
use tokio::task::spawn_blocking;

pub use database_proxies::DatabaseProxies;
pub use managed_process::ManagedProcess;
pub use recovery::Recovery;

use crate::proxy::{FaultInjector, Participant, Proxy, Target};

/// A variable of `spin.toml` and its value.
pub type Variable = (&'static str, &'static str);

/// The configuration of a test system.
pub struct SystemConfig<'a> {
    /// For both hosts.
    pub variables: &'a [Variable],
    /// Those with another value on the second host.
    pub second: &'a [Variable],
    /// The hosts that serve the participants, by their indexes 0 and 1.
    pub participants: &'a [usize],
}

/// A running test system. A process can have only one, because it provides the environment of the harness.
pub struct TestSystem {
    // Dropped in this order.
    pub hosts: [ManagedProcess<Host>; 2],
    pub proxies: [Proxy; 3],
    /// Both hosts reach the databases through these.
    pub databases: DatabaseProxies,
    pub postgres: ManagedProcess<PostgresServer>,
    pub origins: [String; 2],
    folder: TemporaryFolder,
}

impl TestSystem {
    /// Starts everything. `injector` chooses the fault of each call.
    pub async fn start(
        config: &SystemConfig<'_>,
        injector: Arc<dyn FaultInjector>,
    ) -> Result<Self> {
        let kind = HostKind::from_environment()?;
        ensure_built(kind)?;
        let folder = TemporaryFolder::new()?;
        let postgres = spawn_blocking(start_postgres).await??;
        let databases = Databases::of(postgres.administrator());
        let mut variables = Environment::open(&folder.path().join("env"))?;
        variables.fill_in_secrets()?;
        databases.close_common().await?;
        databases.prepare(&mut variables, &SERVICES, |_| ()).await?;

        let ports = [port::free()?, port::free()?];
        let origins = ports.map(|port| format!("http://127.0.0.1:{port}"));
        let addresses = ports.map(|port| ([127, 0, 0, 1], port).into());
        let serving: Vec<_> = config
            .participants
            .iter()
            .map(|place| addresses[*place])
            .collect();
        let mut proxies = Vec::new();
        for participant in Participant::ALL {
            let proxy = Proxy::start(participant, Target::new(&serving), Arc::clone(&injector));
            let proxy = proxy.await?;
            variables.set(&format!("{}_url", participant.name()), &proxy.url());
            proxies.push(proxy);
        }
        for (name, value) in config.variables {
            variables.set(name, value);
        }
        let before_databases = DatabaseProxies::start(&mut variables).await?;
        variables.save()?;
        give_to_tests(&origins[0], &variables, &databases);

        let mut second = variables.clone();
        for (name, value) in config.second {
            second.set(name, value);
        }
        let host = |place: usize, variables| {
            let log = log_of(&folder, place);
            ManagedProcess::new(Host::new(kind, ports[place], variables, log))
        };
        let hosts = [host(0, variables), host(1, second)];
        // One after the other: the first compiles the components, the second finds them compiled.
        for host in &hosts {
            host.start().await?;
        }
        Ok(Self {
            hosts,
            proxies: proxies.try_into().ok().context("three proxies")?,
            databases: before_databases,
            postgres: ManagedProcess::new(postgres),
            origins,
            folder,
        })
    }

    /// The system, called through the host at `place`.
    pub fn via_host(&self, place: usize) -> System {
        System {
            client: Client::at(&self.origins[place]),
        }
    }

    /// Waits until no call to a participant is in progress.
    pub async fn settled(&self) {
        for proxy in &self.proxies {
            proxy.settled().await;
        }
    }

    /// The lines of the hosts' logs that report a trap or a panic of a component. No fault around a component
    /// excuses one.
    pub fn component_failures(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for place in 0..self.hosts.len() {
            let log = fs::read(log_of(&self.folder, place))?;
            let log = String::from_utf8_lossy(&log);
            let failures = component_failures(&log).into_iter();
            found.extend(failures.map(|line| format!("host {place}: {line}")));
        }
        Ok(found)
    }

    pub fn proxy(&self, participant: Participant) -> &Proxy {
        match participant {
            Participant::Billing => &self.proxies[0],
            Participant::Warehouse => &self.proxies[1],
            Participant::Delivery => &self.proxies[2],
        }
    }
}

fn log_of(folder: &TemporaryFolder, place: usize) -> PathBuf {
    folder.path().join(format!("host-{place}.log"))
}

fn give_to_tests(origin: &str, variables: &Environment, databases: &Databases) {
    let mut given = HashMap::from([
        ("ZAKAZ_BASE_URL".to_owned(), origin.to_owned()),
        (
            "ZAKAZ_ENV_FILE".to_owned(),
            variables.path().display().to_string(),
        ),
    ]);
    for (service, url) in databases.urls(variables) {
        given.insert(format!("ZAKAZ_{}_DB_URL", service.to_uppercase()), url);
    }
    environment::provide(given);
}

/// A temporary server of the installed PostgreSQL, or of the one that `cargo xtask` has downloaded.
fn start_postgres() -> Result<PostgresServer> {
    let downloaded = || Home::at(&workspace::local().join("postgres"))?.binaries();
    match Binaries::find()?.map_or_else(downloaded, |found| Ok(Some(found)))? {
        Some(binaries) => PostgresServer::temporary_with(binaries),
        None => PostgresServer::temporary(),
    }
}

fn ensure_built(kind: HostKind) -> Result<()> {
    let components = SERVICES.map(|service| format!("wasm32-wasip2/release/{service}.wasm"));
    let host = (kind == HostKind::Local).then_some("debug/devhost");
    for file in host
        .into_iter()
        .chain(components.iter().map(String::as_str))
    {
        let path = workspace::target().join(file);
        ensure!(
            path.is_file(),
            "{} is not built; `cargo xtask test --only faults` builds everything and runs these tests",
            path.display()
        );
    }
    Ok(())
}
