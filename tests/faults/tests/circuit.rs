//! While a participant is dead, one saga at a time tries to call it; when it is back, all go on within seconds.
//!
//! `ZAKAZ_SAGAS=10000` has so many sagas wait instead of 200.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faults::fault_plans::FaultPlans;
use faults::fixtures::Fixtures;
use faults::orphaned_sagas::{OrphanedSagas, PATIENT_CALLS};
use faults::system::{Recovery, SystemConfig, TestSystem};
use harness::databases::{Database, Databases};
use harness::eventually::eventually;
use harness::invariants;
use tokio::time::sleep;

/// How many orders one customer places.
const EACH: usize = 10;
/// A session that is idle has its statements counted within 10 s.
const STATISTICS_DELAY: Duration = Duration::from_secs(11);
/// For how long is counted what the waiting sagas cost.
const COUNTED: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn many_sagas_behind_a_dead_participant_cost_little_and_go_on_when_it_is_back() {
    let sagas = std::env::var("ZAKAZ_SAGAS").map_or(200, |given| given.parse().unwrap());
    let plans = Arc::new(FaultPlans::default());
    let [timeout, lease] = PATIENT_CALLS;
    let variables = [timeout, lease, ("saga_deadline_ms", "900000")];
    let config = SystemConfig {
        variables: &variables,
        second: &[],
        participants: &[1],
    };
    let system = TestSystem::start(&config, Arc::clone(&plans) as _)
        .await
        .unwrap();
    let fixtures = Fixtures::prepare(&system.via_host(1)).await;
    let held = OrphanedSagas::hold(&system, &plans, &fixtures, sagas / EACH, EACH)
        .await
        .unwrap();
    let databases = Databases::open().await;
    let order = &databases.order;

    system.hosts[1].kill().await.unwrap();
    held.let_go();
    let _recovery = Recovery::start(&system, 0, Duration::from_secs(1));
    let begun = Instant::now();
    let waiting = "select count(distinct order_id) from waiting_sagas";
    let most = i64::try_from(sagas).unwrap() - 1;
    eventually("all sagas wait", Duration::from_secs(120), || async {
        match order.number(waiting, &[]).await {
            found if found >= most => Ok(()),
            found => Err(format!("{found} of {sagas} wait")),
        }
    })
    .await;
    println!(
        "all {sagas} wait {:.1} s after the participants were killed",
        begun.elapsed().as_secs_f32()
    );

    // Until PostgreSQL has added up the statements of the sessions that are idle now.
    sleep(STATISTICS_DELAY).await;
    let (tries, statements) = (tries(order).await, statements(order).await);
    sleep(COUNTED).await;
    let tried = self::tries(order).await - tries;
    let run = self::statements(order).await - statements;
    let seconds = COUNTED.as_secs_f64();
    println!(
        "meanwhile {:.1} tries and {:.1} statements a second",
        tried as f64 / seconds,
        run as f64 / seconds
    );
    let last = "select format('%s %s', at, entry) from saga_journal order by at desc limit 6";
    let last = order.texts(last, &[]).await.join("\n");
    assert!(
        (2..=20).contains(&tried),
        "{tried} tries in {seconds} s; the last:\n{last}"
    );
    assert!(
        run as f64 / seconds < 20.0,
        "{run} statements in {seconds} s"
    );

    system.hosts[1].start().await.unwrap();
    let back = Instant::now();
    let ready = "select count(*) from orders where status = 'READY' and id = any ($1)";
    let orders = &held.orders;
    eventually(
        "the first order is ready",
        Duration::from_secs(15),
        || async {
            match order.number(ready, &[orders]).await {
                0 => Err("none is".to_owned()),
                _ => Ok(()),
            }
        },
    )
    .await;
    let first = back.elapsed();
    eventually("all orders are ready", Duration::from_secs(180), || async {
        match databases.unfinished().await {
            0 => Ok(()),
            left => Err(format!("{left} have not ended")),
        }
    })
    .await;
    println!(
        "the participants are back: the first order is READY after {:.1} s, the last after {:.1} s",
        first.as_secs_f32(),
        back.elapsed().as_secs_f32()
    );
    assert_eq!(
        order.number(ready, &[orders]).await,
        i64::try_from(sagas).unwrap()
    );
    assert_eq!(order.number(waiting, &[]).await, 0);
    system.settled().await;
    let mut wrong = invariants::violations(&databases).await;
    wrong.extend(system.component_failures().unwrap());
    assert_eq!(wrong, Vec::<String>::new());
}

/// How many calls were ever sent.
async fn tries(order: &Database) -> i64 {
    let sql = "select count(*) from saga_journal where entry ->> 'type' in ('SENT', 'UNDO_SENT')";
    order.number(sql, &[]).await
}

/// How many statements the order's database has ever run; this test's own are among them.
async fn statements(order: &Database) -> i64 {
    let sql = "select xact_commit from pg_stat_database where datname = current_database()";
    order.number(sql, &[]).await
}
