//! Any request about orders claims orphaned sagas, and a failing saga delays no other.

use std::sync::Arc;
use std::time::Duration;

use faults::fault_plans::{EVERY_ATTEMPT, FaultPlans, FaultRule};
use faults::fixtures::Fixtures;
use faults::orphaned_sagas::{OrphanedSagas, PATIENT_CALLS};
use faults::proxy::{Fault, Gate, Participant, Release, Verb};
use faults::system::{SystemConfig, TestSystem};
use harness::databases::{Database, Databases, Service};
use harness::invariants;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// When the leases of a killed driver end.
const LEASES_END: Duration = Duration::from_secs(1);
/// Longer than a saga without faults takes, and far less than a few attempts of a failing one.
const SOON: Duration = Duration::from_secs(5);

struct TestBench_ {
    system: TestSystem,
    plans: Arc<FaultPlans>,
    fixtures: Fixtures,
    order: Database,
}

/// One test: a process can have only one test system.
#[tokio::test(flavor = "multi_thread")]
async fn orphaned_sagas_are_claimed_by_any_request_and_failing_ones_delay_no_other() {
    let plans = Arc::new(FaultPlans::default());
    let config = SystemConfig {
        variables: &PATIENT_CALLS,
        second: &[("saga_lease_ms", "4000"), ("saga_call_timeout_ms", "2000")],
        participants: &[1],
    };
    let system = TestSystem::start(&config, Arc::clone(&plans) as _)
        .await
        .unwrap();
    let fixtures = Fixtures::prepare(&system.via_host(1)).await;
    let order = Database::open(Service::Order).await;
    let bench = TestBench_ {
        system,
        plans,
        fixtures,
        order,
    };

    any_request_about_orders_claims(&bench).await;
    reading_the_order_claims(&bench).await;
    failing_sagas_delay_no_other(&bench).await;

    bench.system.settled().await;
    let mut wrong = invariants::violations(&Databases::open().await).await;
    wrong.extend(bench.system.component_failures().unwrap());
    assert_eq!(wrong, Vec::<String>::new());
}

async fn any_request_about_orders_claims(bench: &TestBench_) {
    let orphans = bench.orphans(4).await;
    bench.wait_until_due(&orphans.orders).await;
    assert_eq!(
        bench.unfinished(&orphans.orders).await,
        4,
        "nothing claims them without a request"
    );
    let other_customer = bench.system.via_host(1).customer();
    let took = bench.until_ended(&orphans.orders, || async {
        other_customer.get("/api/orders").send().await.status(200);
    });
    println!(
        "claimed by another customer's request: all ended after {:.1} s",
        took.await.as_secs_f32()
    );
}

async fn reading_the_order_claims(bench: &TestBench_) {
    let orphans = bench.orphans(1).await;
    bench.wait_until_due(&orphans.orders).await;
    let mut owner = orphans.customers[0].clone();
    owner.client = bench.system.via_host(1).client;
    let took = bench.until_ended(&orphans.orders, || async {
        owner.order(orphans.orders[0]).await;
    });
    println!(
        "claimed by reading the order: ended after {:.1} s",
        took.await.as_secs_f32()
    );
}

async fn failing_sagas_delay_no_other(bench: &TestBench_) {
    // These are due first. One of them is unreadable, and the warehouse never answers the others.
    let failing = bench.hold(15, 10).await;
    let others = bench.hold(5, 10).await;
    let never = Gate::closed();
    for customer in &failing.customers {
        let silent = Fault::Held {
            gate: never.clone(),
            arrives: false,
        };
        let (participant, verb) = (Participant::Warehouse, Verb::Put);
        bench.plans.replace(
            customer.id,
            vec![FaultRule {
                participant,
                verb,
                attempts: EVERY_ATTEMPT,
                fault: silent,
            }],
        );
    }
    failing.kill_driver(&bench.system).await.unwrap();
    others.kill_driver(&bench.system).await.unwrap();
    failing.end_leases(LEASES_END).await.unwrap();
    others.end_leases(LEASES_END).await.unwrap();
    let unreadable = failing.orders[0];
    let corrupt = "update sagas set saga = jsonb_set(saga, '{phase}', '\"LOST\"'), due_at = due_at - interval '1 s',
                     lease_until = lease_until - interval '1 s'
                 where order_id = $1";
    assert_eq!(bench.order.change(corrupt, &[&unreadable]).await, 1);
    bench.wait_until_due(&failing.orders).await;
    bench.wait_until_due(&others.orders).await;

    // One call claims them all; there is no other request.
    let stack = bench.system.via_host(1);
    let called = Instant::now();
    stack.recover().await;
    let took = bench.until_ended(&others.orders, || async {}).await;
    println!(
        "50 sagas, claimed behind 150 failing ones: all ended {:.1} s after one call",
        took.as_secs_f32()
    );
    assert!(
        called.elapsed() < SOON,
        "they waited for the failing ones: {took:?}"
    );
    assert_eq!(
        bench.unfinished(&failing.orders).await,
        150,
        "the failing ones have not ended"
    );

    // The fault ends, and the unreadable saga is repaired; whoever claimed it meanwhile has no use for its lease.
    never.open(Release::Pass);
    let repair = "update sagas
                  set saga = jsonb_set(saga, '{phase}', '\"RUNNING\"'),
                      lease_until = case when lease_owner is not null then now() end,
                      due_at = now()
                  where order_id = $1";
    assert_eq!(bench.order.change(repair, &[&unreadable]).await, 1);
    bench.until_ended(&failing.orders, || stack.recover()).await;
    bench.system.hosts[0].start().await.unwrap();
}

impl TestBench_ {
    async fn hold(&self, customers: usize, each: usize) -> OrphanedSagas {
        OrphanedSagas::hold(&self.system, &self.plans, &self.fixtures, customers, each)
            .await
            .unwrap()
    }

    /// Orphaned sagas, with the first host running again.
    async fn orphans(&self, count: usize) -> OrphanedSagas {
        let orphans = self.hold(count, 1).await;
        orphans.kill_driver(&self.system).await.unwrap();
        self.system.hosts[0].start().await.unwrap();
        orphans.end_leases(LEASES_END).await.unwrap();
        orphans
    }

    async fn wait_until_due(&self, orders: &[Uuid]) {
        let sql =
            "select count(*) from sagas where order_id = any ($1) and due_at > clock_timestamp()";
        let end = Instant::now() + 3 * LEASES_END;
        while self.order.number(sql, &[&orders]).await > 0 {
            assert!(Instant::now() < end, "a driver extends the leases");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn unfinished(&self, orders: &[Uuid]) -> i64 {
        let sql = "select count(*) from sagas where order_id = any ($1) and ended_at is null";
        self.order.number(sql, &[&orders]).await
    }

    /// Repeats `again` until these have ended. Returns how long it took.
    async fn until_ended<F: Future<Output = ()>>(
        &self,
        orders: &[Uuid],
        again: impl Fn() -> F,
    ) -> Duration {
        let begun = Instant::now();
        loop {
            again().await;
            let left = self.unfinished(orders).await;
            if left == 0 {
                return begun.elapsed();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{left} have not ended"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }
}
