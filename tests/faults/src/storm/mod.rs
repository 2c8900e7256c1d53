//! Storms: many customers at once, while hosts are killed, PostgreSQL is stopped, the databases have faults, and calls
//! are lost, broken and repeated at random. Then everything is restored and the databases are checked.

mod acknowledged;
mod catalogue;
mod customer;
mod database_weather;
mod execution;
mod load;
mod random;
mod random_faults;
mod schedule;
mod statistics;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::databases::{Database, Databases, Service};
use harness::invariants;
use tokio::time::{Instant, sleep, timeout};

use crate::system::{Recovery, SystemConfig, TestSystem, Variable};
use load::CustomerLoad;
use random_faults::RandomFaults;
use schedule::Schedule;
use statistics::Statistics;

pub use acknowledged::{Acknowledged, Unanswered};
pub use catalogue::Catalogue;
pub use customer::{Memory, Patience, SimulatedCustomer};
pub use random::Random;

/// Short times, so that sagas lose their driver and are claimed many times a minute.
const VARIABLES: [Variable; 6] = [
    ("saga_call_timeout_ms", "800"),
    ("saga_lease_ms", LEASE),
    ("saga_deadline_ms", "15000"),
    ("saga_backoff_ms", "100"),
    ("saga_backoff_cap_ms", "2000"),
    ("saga_stuck_after", "4"),
];
const LEASE: &str = "3000";
const CUSTOMERS: usize = 64;
/// How long all sagas may take to end once everything is restored.
const RECOVERY_LIMIT: Duration = Duration::from_secs(60);
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The same seed gives the same schedule and the same fault of each call. How the processes interleave depends
    /// on the machine.
    pub seed: u64,
    pub lasting: Duration,
}

/// Runs a storm and prints a summary. Returns everything that is wrong.
pub async fn run(settings: Settings) -> Result<Vec<String>> {
    let Settings { seed, lasting } = settings;
    println!(
        "storm: seed {seed}, {} s, {CUSTOMERS} customers",
        lasting.as_secs()
    );
    let schedule = Schedule::of(seed, lasting);
    let faults = Arc::new(RandomFaults::of(seed));
    let config = SystemConfig {
        variables: &VARIABLES,
        second: &[],
        participants: &[0, 1],
    };
    let system = Arc::new(TestSystem::start(&config, Arc::clone(&faults) as _).await?);
    let catalogue = Arc::new(Catalogue::open(&system.via_host(0).admin().await, lasting).await);
    let load = CustomerLoad::start(&system, &catalogue, seed, CUSTOMERS);
    let recovery = Recovery::start(&system, 0, RECOVERY_INTERVAL);

    let begun = Instant::now();
    faults.begin();
    let shown = tokio::spawn(load.clone().show_progress(begun));
    let executed = execution::run(&system, &faults, &recovery, &schedule, begun).await;
    let disruptions = executed.context("running the schedule")?;
    let restored_at = Instant::now();
    faults.end();
    load.finish().await;
    shown.abort();
    println!(
        "storm: ended after {:.0} s; everything is restored",
        begun.elapsed().as_secs_f32()
    );

    let mut wrong = wait_for_all_sagas(restored_at).await;
    let ended_within = restored_at.elapsed();
    // The copies arrive now, when every saga has ended.
    system.settled().await;
    let mut copies = 0;
    for proxy in &system.proxies {
        copies += proxy.deliver_all_copies().await.len();
    }
    drop(recovery);
    let databases = Databases::open().await;
    wrong.extend(invariants::violations(&databases).await);
    wrong.extend(load.acknowledged().violations(&databases).await);
    wrong.extend(system.component_failures()?);
    let statistics = Statistics::read(&databases.order, LEASE.parse()?).await;
    println!(
        "\n{}",
        disruptions.summary(faults.faults(), system.databases.faults(), copies)
    );
    println!("{}", load.acknowledged().summary());
    println!("{statistics}");
    println!(
        "  all sagas had ended {:.1} s after everything was restored, including the customers' last orders",
        ended_within.as_secs_f32()
    );
    print_journals(&databases.order, &wrong).await;
    Ok(wrong)
}

/// Returns what is wrong when they do not.
async fn wait_for_all_sagas(restored_at: Instant) -> Vec<String> {
    let order = Database::open(Service::Order).await;
    loop {
        let left = order
            .number("select count(*) from sagas where ended_at is null", &[])
            .await;
        if left == 0 {
            return Vec::new();
        }
        if restored_at.elapsed() > RECOVERY_LIMIT {
            return vec![format!(
                "{left} sagas have not ended {RECOVERY_LIMIT:?} after everything was restored"
            )];
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Prints the journals of the orders that the first violations name.
async fn print_journals(order: &Database, wrong: &[String]) {
    let sql = "select format('%s  %s  %s  epoch %s  %s', order_id, seq, at, epoch, entry)
               from saga_journal
               where position(order_id::text in $1) > 0
               order by order_id, seq";
    let named = wrong
        .iter()
        .take(5)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let rows = timeout(Duration::from_secs(30), order.rows(sql, &[&named])).await;
    for row in rows.unwrap_or_default() {
        println!("    {}", row.get::<_, String>(0));
    }
}
