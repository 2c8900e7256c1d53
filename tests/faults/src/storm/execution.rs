//! Running a schedule of disruptions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use harness::postgres_proxy::Fault;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::database_weather::DatabaseWeather;
use super::random_faults::RandomFaults;
use super::schedule::{Disruption, Entry, Schedule};
use crate::proxy::Participant;
use crate::system::{Recovery, TestSystem};

/// The interval after which `recover` is called at the other host.
const RECOVERY_HOST_INTERVAL: Duration = Duration::from_secs(2);

/// How many disruptions were made, by kind.
#[derive(Default)]
pub struct Executed {
    kills: usize,
    pauses: usize,
    postgres_stops: usize,
    closed_proxies: usize,
    fault_rates: usize,
    /// Of databases, by their kind.
    databases: BTreeMap<&'static str, usize>,
}

/// Makes the disruptions. Returns when the schedule is over and everything is restored.
pub async fn run(
    system: &Arc<TestSystem>,
    faults: &Arc<RandomFaults>,
    recovery: &Recovery,
    schedule: &Schedule,
    begun: Instant,
) -> Result<Executed> {
    let mut disruptions = JoinSet::new();
    let mut done = Executed::default();
    for entry in schedule.entries.iter().copied() {
        done.count(entry.disruption);
        let (system, faults) = (Arc::clone(system), Arc::clone(faults));
        disruptions.spawn(async move {
            sleep_until(begun + entry.at).await;
            println!(
                "storm: {:>6.1} s  {} for {:.1} s",
                entry.at.as_secs_f32(),
                entry.disruption,
                entry.lasting.as_secs_f32()
            );
            act(&system, &faults, entry).await
        });
    }
    let end = begun + schedule.lasting;
    let mut place = 0;
    while Instant::now() < end {
        recovery.call_host(place);
        place = 1 - place;
        tokio::select! {
            () = sleep(RECOVERY_HOST_INTERVAL) => {}
            () = sleep_until(end) => {}
        }
    }
    while let Some(disruption) = disruptions.join_next().await {
        disruption??;
    }
    restore(system).await?;
    Ok(done)
}

async fn act(
    system: &TestSystem,
    faults: &RandomFaults,
    Entry {
        disruption,
        lasting,
        ..
    }: Entry,
) -> Result<()> {
    match disruption {
        Disruption::KillHost(host) => {
            system.hosts[host].kill().await?;
            sleep(lasting).await;
            system.hosts[host].start().await
        }
        Disruption::PauseHost(host) => {
            // It may still be starting after a kill.
            if !system.hosts[host].is_running().await? {
                return Ok(());
            }
            system.hosts[host].pause().await?;
            sleep(lasting).await;
            system.hosts[host].resume().await
        }
        Disruption::StopPostgres => {
            system.postgres.stop_immediately().await?;
            sleep(lasting).await;
            system.postgres.start().await
        }
        Disruption::CloseProxy(participant) => {
            system.proxy(participant).close().await;
            sleep(lasting).await;
            // The copies arrive with the reconnection.
            system.proxy(participant).deliver_all_copies().await;
            system.proxy(participant).open().await
        }
        Disruption::FaultRate(participant, percent) => {
            faults.set(participant, percent);
            sleep(lasting).await;
            faults.reset(participant);
            Ok(())
        }
        Disruption::Database(DatabaseWeather { service, fault }) => {
            system.databases.of(service).inject(fault);
            sleep(lasting).await;
            system.databases.of(service).inject(Fault::None);
            Ok(())
        }
    }
}

async fn restore(system: &TestSystem) -> Result<()> {
    system.postgres.start().await?;
    for host in &system.hosts {
        host.start().await?;
    }
    for participant in Participant::ALL {
        system.proxy(participant).open().await?;
    }
    system.databases.restore();
    Ok(())
}

impl Executed {
    fn count(&mut self, disruption: Disruption) {
        *match disruption {
            Disruption::KillHost(_) => &mut self.kills,
            Disruption::PauseHost(_) => &mut self.pauses,
            Disruption::StopPostgres => &mut self.postgres_stops,
            Disruption::CloseProxy(_) => &mut self.closed_proxies,
            Disruption::FaultRate(..) => &mut self.fault_rates,
            Disruption::Database(weather) => self.databases.entry(weather.kind()).or_default(),
        } += 1;
    }

    /// A summary, with how many calls to participants had a fault, how many connections to databases and statements
    /// had one, and how many copies arrived after all sagas had ended.
    pub fn summary(&self, calls: usize, statements: usize, late: usize) -> String {
        let databases = self.databases.iter();
        let kinds: Vec<String> = databases
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        format!(
            "disruptions\n  {} kills of a host, {} pauses, {} restarts of PostgreSQL, {} participants unreachable, \
             {} raised fault rates, {} faults of a database ({})\n  {calls} calls to participants, {statements} \
             connections and statements had a fault, {late} copies arrived after every saga had ended",
            self.kills,
            self.pauses,
            self.postgres_stops,
            self.closed_proxies,
            self.fault_rates,
            self.databases.values().sum::<usize>(),
            kinds.join(", ")
        )
    }
}
