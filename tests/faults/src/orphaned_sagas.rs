//! Orphaned sagas: their driver is killed while each of them waits for an answer.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::{StreamExt, stream};
use harness::customer::Customer;
use harness::databases::{Database, Service};
use harness::eventually::eventually;
use harness::order::Order;
use harness::purchase::PRICE;
use harness::unique;
use uuid::Uuid;

use crate::fault_plans::{EVERY_ATTEMPT, FaultPlans, FaultRule};
use crate::fixtures::Fixtures;
use crate::proxy::{Fault, Gate, Participant, Release, Verb};
use crate::system::TestSystem;

/// How many orders are placed at the same time: few enough that a slow machine keeps up with their sagas.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// Variables of the first host, with which no held call times out before all are held, however slow the machine is:
/// the circuit would open, and the sagas would wait for it instead. [`OrphanedSagas::end_leases`] saves the wait for
/// the long leases.
pub const PATIENT_CALLS: [(&str, &str); 2] = [
    ("saga_call_timeout_ms", "100000"),
    ("saga_lease_ms", "120000"),
];

/// Orders whose sagas all wait for their item reservation, and the customers who placed them.
pub struct OrphanedSagas {
    pub orders: Vec<Uuid>,
    pub customers: Vec<Customer>,
    gate: Gate,
}

impl OrphanedSagas {
    /// Has `customers` place `each` orders on the first host, and waits until all are held.
    pub async fn hold(
        system: &TestSystem,
        plans: &FaultPlans,
        fixtures: &Fixtures,
        customers: usize,
        each: usize,
    ) -> Result<Self> {
        let (gate, begun) = (Gate::closed(), Instant::now());
        let buyers: Vec<Customer> = (0..customers)
            .map(|_| system.via_host(0).customer())
            .collect();
        let money = PRICE * i64::try_from(each)?;
        let deposits = buyers.iter().map(|buyer| buyer.deposit(money));
        stream::iter(deposits)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        for buyer in &buyers {
            plans.plan(buyer.id, held_at_the_warehouse(&gate));
        }
        println!(
            "{customers} customers have money after {:.1} s",
            begun.elapsed().as_secs_f32()
        );
        let placings = buyers
            .iter()
            .cycle()
            .take(customers * each)
            .map(|buyer| async move { place(buyer, fixtures).await });
        let orders: Vec<Uuid> = stream::iter(placings)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        println!(
            "{} orders are placed after {:.1} s",
            orders.len(),
            begun.elapsed().as_secs_f32()
        );
        let end = Instant::now() + PATIENCE;
        let mut held = 0;
        while held < orders.len() {
            ensure!(
                Instant::now() < end,
                "only {held} of {} sagas have reached the gate",
                orders.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
            held = orders_held(&orders).await;
        }
        Ok(Self {
            orders,
            customers: buyers,
            gate,
        })
    }

    /// The held calls never arrive, and later ones are not held.
    pub fn let_go(&self) {
        self.gate.open(Release::Cut);
    }

    /// Kills the first host, which drives the sagas. The held calls never arrive, and later ones are not held.
    pub async fn kill_driver(&self, system: &TestSystem) -> Result<()> {
        system.hosts[0].kill().await?;
        self.let_go();
        Ok(())
    }

    /// Has the leases of the dead driver end at this time from now, as if it had died so much earlier.
    pub async fn end_leases(&self, within: Duration) -> Result<()> {
        let sql = "with lease as (select clock_timestamp() + $2 * interval '1 ms' as ends)
                   update sagas
                   set lease_until = lease.ends, due_at = lease.ends
                   from lease
                   where order_id = any ($1) and lease_owner is not null";
        let milliseconds = within.as_secs_f64() * 1_000.0;
        let order = Database::open(Service::Order).await;
        let changed = order.change(sql, &[&self.orders, &milliseconds]).await;
        ensure!(
            usize::try_from(changed)? == self.orders.len(),
            "only {changed} of {} sagas have a lease",
            self.orders.len()
        );
        Ok(())
    }
}

/// Places an order, again while the system is too busy for it.
async fn place(buyer: &Customer, fixtures: &Fixtures) -> Uuid {
    let call = buyer
        .post("/api/orders")
        .key(&unique::name("key"))
        .json(&fixtures.affordable_order());
    let order: Order = eventually("the order is placed", PATIENCE, || async {
        match call.clone().send().await {
            answer if answer.status == 503 => Err(answer.to_string()),
            answer => Ok(answer.status(201).read()),
        }
    })
    .await;
    order.id
}

fn held_at_the_warehouse(gate: &Gate) -> Vec<FaultRule> {
    vec![FaultRule {
        participant: Participant::Warehouse,
        verb: Verb::Put,
        attempts: EVERY_ATTEMPT,
        fault: Fault::Held {
            gate: gate.clone(),
            arrives: false,
        },
    }]
}

/// How many of the sagas wait for the answer of their item reservation.
async fn orders_held(orders: &[Uuid]) -> usize {
    let sql = "select count(*) from sagas
               where order_id = any ($1) and lease_owner is not null and saga #>> '{steps,1,state}' = 'RUNNING'";
    let count = Database::open(Service::Order)
        .await
        .number(sql, &[&orders])
        .await;
    usize::try_from(count).unwrap_or(0)
}
