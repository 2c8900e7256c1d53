//! The host is restarted with other variables of the administrator, and the former one loses the role.

use harness::{
    account::{self, TokenPair, refresh_call, token_pair},
    client::Client,
    control::Control,
    require,
    system::System,
    tokens, unique,
};
use serde_json::json;

const PASSWORD: &str = "another-password-for-a-while";

async fn log_in(client: &Client, email: &str, password: &str) -> TokenPair {
    token_pair(&account::log_in(client, email, password).await.expect(200))
}

fn role(pair: &TokenPair) -> serde_json::Value {
    tokens::read(&pair.access).1["role"].clone()
}

#[tokio::test]
async fn a_changed_password_ends_the_sessions_of_the_old_one() {
    let control = require!(Control::get());
    let system = System::connect();
    let (client, environment) = (&system.client, system.environment());
    let email = environment.variable("admin_email");
    let old_password = environment.variable("admin_password");
    let before = log_in(client, email, old_password).await;

    let changed = control
        .restart_host_with(&[("admin_password", PASSWORD)])
        .await;
    refresh_call(client, &before.refresh)
        .send()
        .await
        .problem(401, "INVALID_REFRESH_TOKEN");
    account::log_in(client, email, old_password)
        .await
        .problem(401, "INVALID_CREDENTIALS");
    let meanwhile = log_in(client, email, PASSWORD).await;
    assert_eq!(role(&meanwhile), "ADMIN");
    assert_eq!(
        tokens::read(&meanwhile.access).1["sub"],
        tokens::read(&before.access).1["sub"],
        "the same account"
    );

    changed.end().await;
    refresh_call(client, &meanwhile.refresh)
        .send()
        .await
        .problem(401, "INVALID_REFRESH_TOKEN");
    assert_eq!(role(&log_in(client, email, old_password).await), "ADMIN");
}

#[tokio::test]
async fn a_changed_email_makes_another_account_the_admin() {
    let control = require!(Control::get());
    let system = System::connect();
    let (client, environment) = (&system.client, system.environment());
    let (email, password) = (
        environment.variable("admin_email"),
        environment.variable("admin_password"),
    );
    let before = log_in(client, email, password).await;

    let successor = unique::email();
    let changed = control
        .restart_host_with(&[("admin_email", &successor)])
        .await;
    // Also before its first login.
    for spelling in [successor.clone(), successor.to_uppercase()] {
        client
            .post("/api/auth/register")
            .json(&json!({"email": spelling, "password": PASSWORD}))
            .send()
            .await
            .problem(409, "EMAIL_TAKEN");
    }
    let former = token_pair(
        &refresh_call(client, &before.refresh)
            .send()
            .await
            .expect(200),
    );
    assert_eq!(role(&former), "CUSTOMER");
    let admin = log_in(client, &successor, password).await;
    assert_eq!(role(&admin), "ADMIN");
    client
        .get("/api/delivery/couriers")
        .bearer(&admin.access)
        .send()
        .await
        .status(200);

    changed.end().await;
    let successor = token_pair(
        &refresh_call(client, &admin.refresh)
            .send()
            .await
            .expect(200),
    );
    assert_eq!(role(&successor), "CUSTOMER");
    assert_eq!(role(&log_in(client, email, password).await), "ADMIN");
}
