//! A thousand sagas lose their driver at once, and all end soon after their leases have run out.

use std::sync::Arc;
use std::time::Duration;

use faults::fault_plans::FaultPlans;
use faults::fixtures::Fixtures;
use faults::orphaned_sagas::{OrphanedSagas, PATIENT_CALLS};
use faults::system::{Recovery, SystemConfig, TestSystem};
use harness::databases::Databases;
use harness::eventually::eventually;
use harness::invariants;

/// The interval of `cargo xtask up` and of the CronJob.
const RECOVERY: Duration = Duration::from_secs(5);
/// Seconds after the last lease has run out.
const LIMIT: f64 = 15.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orphaned_sagas_end_within_fifteen_seconds() {
    let plans = Arc::new(FaultPlans::default());
    let config = SystemConfig {
        variables: &PATIENT_CALLS,
        second: &[
            ("saga_call_timeout_ms", "10000"),
            ("saga_lease_ms", "12000"),
        ],
        participants: &[1],
    };
    let system = TestSystem::start(&config, Arc::clone(&plans) as _)
        .await
        .unwrap();
    let fixtures = Fixtures::prepare(&system.via_host(1)).await;
    let orphans = OrphanedSagas::hold(&system, &plans, &fixtures, 100, 10)
        .await
        .unwrap();
    orphans.kill_driver(&system).await.unwrap();

    let databases = Databases::open().await;
    let sql = "select order_id, lease_until from sagas where ended_at is null and lease_until > clock_timestamp()";
    let owned = databases.order.rows(sql, &[]).await;
    assert_eq!(owned.len(), 1_000, "the dead driver holds every lease");
    orphans.end_leases(Duration::from_secs(2)).await.unwrap();
    databases
        .order
        .change(
            "create table leases as select order_id, lease_until from sagas where ended_at is null",
            &[],
        )
        .await;
    println!("1000 sagas are orphaned");

    let _recovery = Recovery::start(&system, 1, RECOVERY);
    eventually("every saga ends", Duration::from_secs(90), || async {
        match databases.unfinished().await {
            0 => Ok(()),
            left => Err(format!("{left} have not ended")),
        }
    })
    .await;
    let sql = "select extract(epoch from max(ended_at) - max(leases.lease_until))::float8,
                   percentile_disc(array[0.5, 0.95, 1]) within group (
                       order by extract(epoch from ended_at - leases.lease_until)::float8
                   ),
                   count(*) filter (where state = 'COMPLETED')
               from sagas join leases using (order_id)";
    let rows = databases.order.rows(sql, &[]).await;
    let (after_the_last, each): (f64, Vec<f64>) = (rows[0].get(0), rows[0].get(1));
    println!(
        "all ended {after_the_last:.1} s after the last lease had run out; each after its own: p50 {:.1} s, p95 {:.1} s, \
         longest {:.1} s",
        each[0], each[1], each[2]
    );
    assert_eq!(rows[0].get::<_, i64>(2), 1_000, "all orders are READY");
    assert!(after_the_last < LIMIT, "{after_the_last} s");
    databases.order.change("drop table leases", &[]).await;
    system.settled().await;
    let mut wrong = invariants::violations(&databases).await;
    wrong.extend(system.component_failures().unwrap());
    assert_eq!(wrong, Vec::<String>::new());
}
