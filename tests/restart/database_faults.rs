//! Faults of all five databases at once: each call has an answer or a 503 soon, and afterwards all is well by itself.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, resume_unwind},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::join_all};
use harness::{
    account,
    answer::Answer,
    call::Call,
    control::Control,
    customer::Customer,
    databases::{Database, Service},
    eventually::eventually,
    invariants,
    order::Order,
    postgres_proxy::Fault,
    purchase::{PRICE, Purchase},
    require,
    system::System,
    unique,
};
use serde_json::json;
use tokio::time::sleep;

use crate::proxied_databases::ProxiedDatabases;

/// How long an answer may take.
const QUICKLY: Duration = Duration::from_secs(5);
/// How long a fault lasts.
const LASTING: Duration = Duration::from_secs(3);
/// Longer than the backoff after which a saga calls its participant again.
const PATIENCE: Duration = Duration::from_secs(60);
/// Orders, and customers, for each fault.
const ORDERS: usize = 4;

/// So slow that most requests take too long.
const VERY_SLOW: Fault = Fault::Slow(Duration::from_millis(800));

const FAULTS: [Fault; 8] = [
    Fault::ResultLost,
    Fault::HalfOpen,
    Fault::Slow(Duration::from_millis(150)),
    VERY_SLOW,
    // Too many connections.
    Fault::Refused("53300"),
    // The server starts up.
    Fault::Refused("57P03"),
    // A standby, after a failover.
    Fault::ReadOnly,
    // The disk is full.
    Fault::Failing("53100"),
];

/// A customer who orders, and tries again until it has worked.
struct Shopper {
    purchase: Purchase,
    order_key: String,
    deposit_key: String,
}

impl Shopper {
    async fn new(system: &System) -> Self {
        Self {
            purchase: Purchase::affordable(system).await,
            order_key: unique::name("key"),
            deposit_key: unique::name("key"),
        }
    }

    fn customer(&self) -> &Customer {
        &self.purchase.customer
    }

    /// A call of each kind; the changes have keys.
    fn calls(&self, system: &System) -> Vec<Call> {
        let customer = self.customer();
        vec![
            customer
                .post("/api/orders")
                .key(&self.order_key)
                .json(&self.purchase.body()),
            customer
                .post("/api/billing/wallet/deposits")
                .key(&self.deposit_key)
                .json(&json!({"amount": 7})),
            customer.get("/api/orders"),
            system.client.get("/api/warehouse/products"),
            account::log_in_call(&system.client, &unique::email(), "some password"),
        ]
    }

    /// Repeats what may not have worked. The order is READY in the end, and both were done once.
    async fn finish(&self, system: &System) {
        let [order, deposit, ..] = &self.calls(system)[..] else {
            unreachable!("there are calls")
        };
        let placed: Order = until_done(order).await.read();
        until_done(deposit).await;
        let ended = eventually("the saga ends", PATIENCE, || async {
            let order = self.customer().order(placed.id).await;
            match order.saga.has_ended() {
                true => Ok(order),
                false => Err(format!("{order:#?}")),
            }
        })
        .await;
        assert!(ended.is_ready(), "a fault is no refusal: {ended:#?}");
        assert_eq!(self.customer().balance().await, 7);
    }
}

async fn until_done(call: &Call) -> Answer {
    eventually("the call works again", PATIENCE, || async {
        match call.clone().send().await {
            answer if answer.status == 201 => Ok(answer),
            answer => Err(answer.to_string()),
        }
    })
    .await
}

/// An answer, or a 503 that says when to try again; soon in any case.
async fn answered_or_unavailable(call: Call) -> u16 {
    let began = Instant::now();
    let answer = call.send().await;
    let took = began.elapsed();
    assert!(took < QUICKLY, "it took {took:?} to say\n{answer}");
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{answer}");
    } else {
        assert!([200, 201, 401].contains(&answer.status), "{answer}");
    }
    answer.status
}

/// Calls everything while the fault lasts. Returns how many calls had an answer, and how many a 503.
async fn call_all(system: &System, shoppers: &[Shopper]) -> (usize, usize) {
    let (mut answered, mut unavailable) = (0, 0);
    let end = Instant::now() + LASTING;
    while Instant::now() < end {
        let calls = shoppers.iter().flat_map(|shopper| shopper.calls(system));
        for status in join_all(calls.map(answered_or_unavailable)).await {
            match status {
                503 => unavailable += 1,
                _ => answered += 1,
            }
        }
    }
    (answered, unavailable)
}

/// Makes a service's sessions read-only, like those of a standby, or writable again.
async fn set_read_only(service: Service, read_only: bool) {
    let database = Database::open(service).await;
    // This session is read-only as well.
    database
        .change("set default_transaction_read_only = off", &[])
        .await;
    let name = database.texts("select current_database()::text", &[]).await;
    let setting = match read_only {
        true => "set default_transaction_read_only = on",
        false => "reset default_transaction_read_only",
    };
    database
        .change(&format!("alter database {} {setting}", name[0]), &[])
        .await;
    let sql = "select pg_terminate_backend(pid)
               from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid() and usename <> current_user";
    database.rows(sql, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_databases_lose_nothing() {
    let control = require!(Control::get());
    let system = System::connect();
    let databases = ProxiedDatabases::start(&control, &system).await;
    for fault in FAULTS {
        let shoppers = join_all((0..ORDERS).map(|_| Shopper::new(&system))).await;
        databases.inject(fault);
        let (answered, unavailable) = call_all(&system, &shoppers).await;
        databases.inject(Fault::None);
        let began = Instant::now();
        join_all(shoppers.iter().map(|shopper| shopper.finish(&system))).await;
        let after = began.elapsed();
        println!("{fault:?}: {answered} answered, {unavailable} unavailable; well after {after:?}");
        match fault {
            VERY_SLOW => {}
            Fault::HalfOpen | Fault::Refused(_) | Fault::ReadOnly => assert_eq!(answered, 0),
            _ => assert!(answered > 0),
        }
    }
    databases.end().await;
    invariants::assert_hold(&system, PATIENCE).await;
}

/// Has the disk of every database be full, or not: whatever changes a table fails, and reading goes on.
async fn set_full(full: bool) {
    for service in Service::ALL {
        let database = Database::open(service).await;
        let function = "create or replace function disk_is_full() returns trigger
                            language plpgsql
                        as $$
                        begin
                            raise exception 'could not extend file: No space left on device'
                                using errcode = 'disk_full';
                        end
                        $$";
        let triggers = "do $$
                        declare
                            name text;
                        begin
                            for name in
                                select relname from pg_class
                                where relnamespace = 'public'::regnamespace and relkind = 'r'
                            loop
                                execute format(
                                    'create trigger disk_is_full before insert or update or delete on %I
                                     execute function disk_is_full()', name
                                );
                            end loop;
                        end
                        $$";
        match full {
            true => {
                database.change(function, &[]).await;
                database.change(triggers, &[]).await;
            }
            false => {
                let drop = "drop function if exists disk_is_full() cascade";
                database.change(drop, &[]).await;
            }
        }
    }
}

/// Calls everything while the databases are in a state that `begin` brings about. It is ended whatever comes of it.
async fn call_all_between<B, E>(
    system: &System,
    shoppers: &[Shopper],
    begin: B,
    end: E,
) -> (usize, usize)
where
    B: Future<Output = ()>,
    E: Future<Output = ()>,
{
    let called = async {
        begin.await;
        call_all(system, shoppers).await
    };
    let called = AssertUnwindSafe(called).catch_unwind().await;
    end.await;
    let (answered, unavailable) = called.unwrap_or_else(|panic| resume_unwind(panic));
    join_all(shoppers.iter().map(|shopper| shopper.finish(system))).await;
    println!("{answered} answered, {unavailable} unavailable");
    (answered, unavailable)
}

#[tokio::test]
async fn read_only_databases_lose_nothing() {
    let system = System::connect();
    let shoppers = join_all((0..ORDERS).map(|_| Shopper::new(&system))).await;
    let set = |read_only| async move {
        for service in Service::ALL {
            set_read_only(service, read_only).await;
        }
    };
    let (_, unavailable) = call_all_between(&system, &shoppers, set(true), set(false)).await;
    assert!(unavailable > 0);
    let balance = shoppers[0].customer().balance().await;
    assert_eq!(balance, 7, "an order costs {PRICE}");
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test]
async fn full_disks_lose_nothing() {
    let system = System::connect();
    let shoppers = join_all((0..2 * ORDERS).map(|_| Shopper::new(&system))).await;
    // The disks are full while the sagas of some are under way.
    let (early, _) = shoppers.split_at(ORDERS);
    let begin = async {
        for shopper in early {
            until_done(&shopper.calls(&system)[0]).await;
        }
        set_full(true).await;
    };
    let (answered, unavailable) =
        call_all_between(&system, &shoppers, begin, set_full(false)).await;
    assert!(answered > 0, "lists need no space");
    assert!(unavailable > 0);
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_under_load_lose_nothing() {
    let control = require!(Control::get());
    let system = System::connect();
    let shoppers = join_all((0..2 * ORDERS).map(|_| Shopper::new(&system))).await;
    let restarts = async {
        for _ in 0..3 {
            sleep(LASTING / 6).await;
            let outage = control.stop_postgres().await;
            outage.end().await;
        }
    };
    let ((answered, unavailable), ()) = tokio::join!(call_all(&system, &shoppers), restarts);
    let began = Instant::now();
    join_all(shoppers.iter().map(|shopper| shopper.finish(&system))).await;
    let after = began.elapsed();
    println!("{answered} answered, {unavailable} unavailable; well after {after:?}");
    assert!(answered > 0);
    invariants::assert_hold(&system, PATIENCE).await;
}
