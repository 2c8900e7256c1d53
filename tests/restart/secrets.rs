//! Secrets are replaced in steps, and nothing that was valid before is refused: two are accepted at a time.

use harness::{
    account::{Account, refresh_call, token_pair},
    client::Client,
    control::Control,
    require,
    system::System,
    tokens, unique,
};
use jsonwebtoken::Algorithm;
use serde_json::json;

const NEW: &str = "the-new-secret-of-0123456789abcdef";

/// The status of a call to billing with a token over this secret.
async fn charge_status(client: &Client, secret: &str) -> u16 {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let claims = tokens::service_claims("order", "billing");
    let token = tokens::signed_by_secret(&header, &claims, secret.as_bytes(), Algorithm::HS256);
    let path = format!("/internal/billing/charges/{}", unique::id());
    client.delete(path).bearer(&token).send().await.status
}

#[tokio::test]
async fn the_services_secret_is_replaced_without_a_refused_call() {
    let control = require!(Control::get());
    let system = System::connect();
    let old = system.environment().variable("service_secret");
    assert_eq!(charge_status(&system.client, NEW).await, 401);
    for (current, accepted) in [(old, NEW), (NEW, old)] {
        let changed = control
            .restart_host_with(&[
                ("service_secret", current),
                ("accepted_service_secret", accepted),
            ])
            .await;
        for secret in [old, NEW] {
            assert_eq!(
                charge_status(&system.client, secret).await,
                200,
                "{current}"
            );
        }
        let purchase = harness::purchase::Purchase::affordable(&system).await;
        let order = purchase.customer.place_and_wait(&purchase.body()).await;
        assert_eq!(order.status, harness::order::Status::Ready);
        changed.end().await;
    }
    let changed = control.restart_host_with(&[("service_secret", NEW)]).await;
    assert_eq!(charge_status(&system.client, old).await, 401);
    changed.end().await;
}

#[tokio::test]
async fn the_key_of_refresh_tokens_is_replaced_without_a_logout() {
    let control = require!(Control::get());
    let system = System::connect();
    let client = &system.client;
    let old = system.environment().variable("refresh_token_key");
    let account = Account::register(client).await;
    let mut pair = account.log_in().await;
    let environment = system.environment();
    let (email, password) = (
        environment.variable("admin_email"),
        environment.variable("admin_password"),
    );
    let log_in = async || {
        harness::account::log_in(client, email, password)
            .await
            .expect(200)
    };
    let mut admins = token_pair(&log_in().await);
    for (current, accepted) in [(old, NEW), (NEW, old), (old, NEW)] {
        let key = unique::name("key");
        let first = refresh_call(client, &pair.refresh).key(&key);
        let first = token_pair(&first.send().await.expect(200));
        let changed = control
            .restart_host_with(&[
                ("refresh_token_key", current),
                ("accepted_refresh_token_key", accepted),
            ])
            .await;
        // A tab that comes late gets the pair that was made under the other key.
        let late = refresh_call(client, &pair.refresh).key(&unique::name("key"));
        assert_eq!(token_pair(&late.send().await.expect(200)), first);
        pair = token_pair(
            &refresh_call(client, &first.refresh)
                .send()
                .await
                .expect(200),
        );
        let administrators = refresh_call(client, &admins.refresh).send().await;
        admins = token_pair(&administrators.expect(200));
        // A used token is still known for what it is.
        let stolen = account.log_in().await;
        let used = token_pair(
            &refresh_call(client, &stolen.refresh)
                .send()
                .await
                .expect(200),
        );
        refresh_call(client, &stolen.refresh)
            .send()
            .await
            .problem(401, "INVALID_REFRESH_TOKEN");
        refresh_call(client, &used.refresh)
            .send()
            .await
            .problem(401, "INVALID_REFRESH_TOKEN");
        changed.end().await;
        pair = token_pair(&refresh_call(client, &pair.refresh).send().await.expect(200));
    }
}
