//! Whoever comes by takes orphans over, and a saga that is in trouble delays no other.

use std::sync::Arc;
use std::time::Duration;

use faults::board::{Board, EVERY_ATTEMPT, Rule};
use faults::ground::Ground;
use faults::orphans::Orphans;
use faults::proxy::{Fault, Gate, Participant, Release, Verb};
use faults::rig::{Plan, Rig};
use harness::databases::{Database, Service};
use harness::invariants::Databases;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

const LEASE: Duration = Duration::from_millis(4_000);
/// Ample for a saga without faults, and far less than one in trouble takes for a few attempts.
const SOON: Duration = Duration::from_secs(5);

struct Scene {
    rig: Rig,
    board: Arc<Board>,
    ground: Ground,
    order: Database,
}

/// One system for both: it is the process's.
#[tokio::test(flavor = "multi_thread")]
async fn orphans_are_taken_over_by_whoever_comes_and_delay_nobody() {
    let board = Arc::new(Board::default());
    let variables = [("saga_lease_ms", "4000"), ("saga_call_timeout_ms", "2000")];
    let plan = Plan {
        variables: &variables,
        second: &[],
        participants: &[1],
    };
    let rig = Rig::start(&plan, Arc::clone(&board) as _).await.unwrap();
    let ground = Ground::prepare(&rig.stack(1)).await;
    let order = Database::open(Service::Order).await;
    let scene = Scene {
        rig,
        board,
        ground,
        order,
    };

    taken_over_by_any_request_about_orders(&scene).await;
    taken_over_by_reading_the_order(&scene).await;
    those_in_trouble_delay_nobody(&scene).await;

    scene.rig.settled().await;
    let mut wrong = Databases::open().await.violations().await;
    wrong.extend(scene.rig.failures_of_components().unwrap());
    assert_eq!(wrong, Vec::<String>::new());
}

async fn taken_over_by_any_request_about_orders(scene: &Scene) {
    let orphans = scene.orphans(4).await;
    scene.leases_have_run_out(&orphans.orders).await;
    assert_eq!(
        scene.unfinished(&orphans.orders).await,
        4,
        "nobody came by, and nobody took them over"
    );
    let stranger = scene.rig.stack(1).customer();
    let took = scene.until_ended(&orphans.orders, || async {
        stranger.get("/api/orders").send().await.status(200);
    });
    println!(
        "taken over by a stranger's request: all ended after {:.1} s",
        took.await.as_secs_f32()
    );
}

async fn taken_over_by_reading_the_order(scene: &Scene) {
    let orphans = scene.orphans(1).await;
    scene.leases_have_run_out(&orphans.orders).await;
    let mut owner = orphans.customers[0].clone();
    owner.client = scene.rig.stack(1).client;
    let took = scene.until_ended(&orphans.orders, || async {
        owner.order(orphans.orders[0]).await;
    });
    println!(
        "taken over by reading it: ended after {:.1} s",
        took.await.as_secs_f32()
    );
}

async fn those_in_trouble_delay_nobody(scene: &Scene) {
    // The first are due first. Of these, one cannot be read, and the warehouse never answers about the others.
    let troubled = scene.hold(15, 10).await;
    let others = scene.hold(5, 10).await;
    let never = Gate::closed();
    for customer in &troubled.customers {
        let silent = Fault::Held {
            gate: never.clone(),
            arrives: false,
        };
        let (participant, verb) = (Participant::Warehouse, Verb::Put);
        scene.board.plan_anew(
            customer.id,
            vec![Rule {
                participant,
                verb,
                attempts: EVERY_ATTEMPT,
                fault: silent,
            }],
        );
    }
    troubled.bereave(&scene.rig).await.unwrap();
    others.bereave(&scene.rig).await.unwrap();
    let unreadable = troubled.orders[0];
    let spoil = "update sagas set saga = jsonb_set(saga, '{phase}', '\"LOST\"'), due_at = due_at - interval '1 s',
                     lease_until = lease_until - interval '1 s'
                 where order_id = $1";
    assert_eq!(scene.order.change(spoil, &[&unreadable]).await, 1);
    scene.leases_have_run_out(&troubled.orders).await;
    scene.leases_have_run_out(&others.orders).await;

    // One call takes them all up; nobody else comes by.
    let stack = scene.rig.stack(1);
    let called = Instant::now();
    stack.recover().await;
    let took = scene.until_ended(&others.orders, || async {}).await;
    println!(
        "50 sagas, taken up behind 150 in trouble: all ended {:.1} s after one call",
        took.as_secs_f32()
    );
    assert!(
        called.elapsed() < SOON,
        "they waited for those in trouble: {took:?}"
    );
    assert_eq!(
        scene.unfinished(&troubled.orders).await,
        150,
        "those in trouble are still in it"
    );

    // The trouble ends; what could not be read is what it was.
    never.open(Release::Pass);
    let mend =
        "update sagas set saga = jsonb_set(saga, '{phase}', '\"RUNNING\"') where order_id = $1";
    assert_eq!(scene.order.change(mend, &[&unreadable]).await, 1);
    scene
        .until_ended(&troubled.orders, || stack.recover())
        .await;
    scene.rig.hosts[0].start().await.unwrap();
}

impl Scene {
    async fn hold(&self, customers: usize, each: usize) -> Orphans {
        Orphans::hold(&self.rig, &self.board, &self.ground, customers, each)
            .await
            .unwrap()
    }

    /// Some orphans, with the first host back in service.
    async fn orphans(&self, count: usize) -> Orphans {
        let orphans = self.hold(count, 1).await;
        orphans.bereave(&self.rig).await.unwrap();
        self.rig.hosts[0].start().await.unwrap();
        orphans
    }

    async fn leases_have_run_out(&self, orders: &[Uuid]) {
        let sql =
            "select count(*) from sagas where order_id = any ($1) and due_at > clock_timestamp()";
        let end = Instant::now() + 3 * LEASE;
        while self.order.number(sql, &[&orders]).await > 0 {
            assert!(Instant::now() < end, "somebody keeps the leases going");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn unfinished(&self, orders: &[Uuid]) -> i64 {
        let sql = "select count(*) from sagas where order_id = any ($1) and ended_at is null";
        self.order.number(sql, &[&orders]).await
    }

    /// Does something again and again until these have ended, and gives how long it took.
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
