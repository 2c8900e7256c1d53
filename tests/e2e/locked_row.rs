//! A change that waits for a locked row fails alone and soon; its neighbours do not notice.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::{
    admin::Admin,
    databases::{Database, Service},
    purchase::PRICE,
    system::System,
};
use serde_json::json;
use uuid::Uuid;

/// How long the row stays locked.
const LOCKED: Duration = Duration::from_secs(4);
/// How long anything may take, also on a busy machine. The wait for a lock ends after 1.5 s.
const LONGEST: Duration = Duration::from_secs(5);

/// Locks a product's row until [`LOCKED`] has passed.
async fn lock(product: Uuid) {
    let database = Database::open(Service::Warehouse).await;
    let sql = "with locked as materialized (select from products where id = $1 for update)
               select pg_sleep($2) from locked";
    database.rows(sql, &[&product, &LOCKED.as_secs_f64()]).await;
}

/// Changes the locked product, until the lock is gone. Returns how often that was refused.
async fn change(admin: &Admin, product: Uuid) -> u32 {
    let mut refused = 0;
    loop {
        let began = Instant::now();
        let call = admin.patch(format!("/api/warehouse/products/{product}"));
        let answer = call.json(&json!({"price": PRICE + 1})).send().await;
        assert!(began.elapsed() < LONGEST, "{answer}");
        if answer.status == 200 {
            return refused;
        }
        assert!(answer.header("retry-after").is_some(), "{answer}");
        answer.problem(503, "DATABASE_UNAVAILABLE");
        refused += 1;
    }
}

#[tokio::test]
async fn a_locked_row_is_nobody_elses_trouble() {
    let system = System::connect();
    let admin = system.admin().await;
    let (locked, free) = (admin.product(PRICE, 1).await, admin.product(PRICE, 1).await);
    let others = async {
        let end = Instant::now() + LOCKED;
        let mut slowest = Duration::ZERO;
        while Instant::now() < end {
            let began = Instant::now();
            let path = format!("/api/warehouse/products/{free}");
            join_all((0..4).map(|_| async { system.client.get(&path).send().await.status(200) }))
                .await;
            let call = admin.patch(&path).json(&json!({"price": PRICE + 2}));
            call.send().await.status(200);
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let changes = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        join_all((0..3).map(|_| change(&admin, locked))).await
    };
    let ((), refused, slowest) = tokio::join!(lock(locked), changes, others);
    println!(
        "{refused:?} changes of the locked row refused; the slowest of the others {slowest:?}"
    );
    assert!(refused.iter().all(|refused| *refused > 0), "{refused:?}");
    assert!(slowest < LONGEST, "{slowest:?}");
}
