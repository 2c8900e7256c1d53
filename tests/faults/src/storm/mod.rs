//! Storms: many customers at once, while hosts are killed, PostgreSQL is cut off and calls are lost,
//! broken and repeated at random. Then everything is brought back, and the databases are asked.

mod crowd;
mod dice;
mod figures;
mod forecast;
mod gale;
mod market;
mod memory;
mod shopper;
mod weather;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::databases::{Database, Service};
use harness::invariants::Databases;
use tokio::time::{Instant, sleep, timeout};

use crate::rig::{Plan, Recovery, Rig, Variable};
use crowd::Crowd;
use figures::Figures;
use forecast::Forecast;
use market::Market;
use weather::Weather;

/// Times short enough that sagas are lost and found many times a minute.
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
/// How long all sagas may take to end once everything is back.
const CALM: Duration = Duration::from_secs(60);
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The same seed gives the same plan: what is done when, and which calls meet which fault. How the
    /// parts interleave is the machine's.
    pub seed: u64,
    pub lasting: Duration,
}

/// Runs a storm and prints what came of it. Returns everything that is wrong.
pub async fn run(settings: Settings) -> Result<Vec<String>> {
    let Settings { seed, lasting } = settings;
    println!(
        "storm: seed {seed}, {} s, {CUSTOMERS} customers",
        lasting.as_secs()
    );
    let forecast = Forecast::of(seed, lasting);
    let weather = Arc::new(Weather::of(seed));
    let plan = Plan {
        variables: &VARIABLES,
        second: &[],
        participants: &[0, 1],
    };
    let rig = Arc::new(Rig::start(&plan, Arc::clone(&weather) as _).await?);
    let market = Arc::new(Market::open(&rig.stack(0), lasting).await);
    let crowd = Crowd::gather(&rig, &market, seed, CUSTOMERS);
    let recovery = Recovery::start(&rig, 0, RECOVERY_INTERVAL);

    let begun = Instant::now();
    weather.begin();
    let shown = tokio::spawn(crowd.clone().show_progress(begun));
    let blown = gale::blow(&rig, &weather, &recovery, &forecast, begun).await;
    let done = blown.context("doing what the forecast says")?;
    let calm = Instant::now();
    weather.end();
    crowd.go_home().await;
    shown.abort();
    println!(
        "storm: it is over after {:.0} s; everything is back",
        begun.elapsed().as_secs_f32()
    );

    let mut wrong = until_all_have_ended(calm).await;
    let ended_within = calm.elapsed();
    // Whatever was kept on its way arrives now, when every saga has ended.
    rig.settled().await;
    let mut late = 0;
    for proxy in &rig.proxies {
        late += proxy.deliver_all_kept().await.len();
    }
    drop(recovery);
    let databases = Databases::open().await;
    wrong.extend(databases.violations().await);
    wrong.extend(crowd.memory().contradictions(&databases).await);
    wrong.extend(rig.failures_of_components()?);
    let figures = Figures::read(&databases.order, LEASE.parse()?).await;
    println!("\n{}", done.summary(weather.faults(), late));
    println!("{}", crowd.memory().summary());
    println!("{figures}");
    println!(
        "  all sagas had ended {:.1} s after everything was back, the last orders of the customers included",
        ended_within.as_secs_f32()
    );
    print_journals(&databases.order, &wrong).await;
    Ok(wrong)
}

/// What is wrong when they do not.
async fn until_all_have_ended(calm: Instant) -> Vec<String> {
    let order = Database::open(Service::Order).await;
    loop {
        let left = order
            .number("select count(*) from sagas where ended_at is null", &[])
            .await;
        if left == 0 {
            return Vec::new();
        }
        if calm.elapsed() > CALM {
            return vec![format!(
                "{left} sagas have not ended {CALM:?} after everything was back"
            )];
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The journals of the orders that a few of the violations name.
async fn print_journals(order: &Database, wrong: &[String]) {
    let sql = "select format('%s  %s  %s  epoch %s  %s', order_id, seq, at, epoch, event)
               from saga_events
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
