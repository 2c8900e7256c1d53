//! The host's clock is an hour off. Every instant that matters is the database's; only tokens are judged by the host's.

use std::time::Duration;

use harness::{
    account::{self, Account, PASSWORD, refresh_call, token_pair},
    control::Control,
    invariants,
    order::{Order, Status},
    purchase::Purchase,
    require,
    system::System,
};

/// Longer than a lease and the backoff of a saga.
const PATIENCE: Duration = Duration::from_secs(60);

/// All services say so, and are alive.
async fn assert_not_ready(system: &System, direction: &str) {
    for name in ["auth", "billing", "warehouse", "delivery", "orders"] {
        let ready = system.client.get(format!("/api/{name}/readyz")).send();
        let problem = ready.await.problem(503, "CLOCKS_DIFFER");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(&format!("s {direction} the")), "{detail}");
    }
}

#[tokio::test]
async fn an_hour_ahead_no_token_is_good_and_nothing_is_lost() {
    let control = require!(Control::of_local_host());
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let account = Account::register(&system.client).await;
    // The saga of an order goes on under the other clock.
    let placed = purchase.place().await;
    let changed = control
        .restart_host_with(&[("host.clock-offset", "3600")])
        .await;
    assert_not_ready(&system, "ahead of").await;
    let pair = account::log_in(&system.client, &account.email, PASSWORD).await;
    let pair = token_pair(&pair.expect(200));
    let me = system.client.get("/api/auth/me").bearer(&pair.access);
    me.send().await.any_problem(401);
    purchase
        .customer
        .post("/api/orders")
        .json(&purchase.body())
        .send()
        .await
        .any_problem(401);
    let refreshed = refresh_call(&system.client, &pair.refresh).send().await;
    let refreshed = token_pair(&refreshed.expect(200));
    // Services go on calling each other, and the outbox and leases know no other clock than the database's.
    harness::eventually::eventually("the saga ends", PATIENCE, || async {
        system.recover().await;
        let left = harness::databases::Databases::open()
            .await
            .unfinished()
            .await;
        if left == 0 {
            Ok(())
        } else {
            Err(format!("{left} are left"))
        }
    })
    .await;
    changed.end().await;

    let me = system.client.get("/api/auth/me").bearer(&refreshed.access);
    me.send().await.status(200);
    let order: Order = purchase.customer.order(placed.id).await;
    assert!(order.is_ready(), "{order:#?}");
    assert!(
        Purchase::affordable(&system)
            .await
            .place_and_wait()
            .await
            .is_ready()
    );
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test]
async fn an_hour_behind_everything_goes_on() {
    let control = require!(Control::of_local_host());
    let system = System::connect();
    let (before, purchase) = (
        Purchase::affordable(&system).await,
        Purchase::affordable(&system).await,
    );
    let placed = before.place().await;
    let changed = control
        .restart_host_with(&[("host.clock-offset", "-3600")])
        .await;
    assert_not_ready(&system, "behind").await;
    let account = Account::register(&system.client).await;
    let pair = account.log_in().await;
    let me = system.client.get("/api/auth/me").bearer(&pair.access);
    me.send().await.status(200);
    let pair = token_pair(
        &refresh_call(&system.client, &pair.refresh)
            .send()
            .await
            .expect(200),
    );
    let order = purchase.place_and_wait().await;
    assert!(order.is_ready(), "{order:#?}");
    purchase.customer.cancel(order.id).await.status(200);
    // A stream tells the end, too.
    let stream = purchase
        .customer
        .get(format!("/api/orders/{}/events", order.id));
    let ended = purchase.customer.wait_for_end(order.id).await;
    assert_eq!(ended.status, Status::Cancelled);
    stream.send().await.status(200);
    system.recover().await;
    assert!(before.customer.wait_for_end(placed.id).await.is_ready());
    changed.end().await;

    let me = system.client.get("/api/auth/me").bearer(&pair.access);
    me.send().await.status(200);
    invariants::assert_hold(&system, PATIENCE).await;
}
