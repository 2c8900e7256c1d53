//! The only admin is the account in the variables.

use harness::{
    account::{self, Account},
    client::Client,
    databases::{Database, Service},
    system::System,
    tokens,
};
use serde_json::json;

#[tokio::test]
async fn the_admin_logs_in_with_the_variables() {
    let system = System::connect();
    let admin = system.admin().await;
    let (_, claims) = tokens::read(&admin.token);
    assert_eq!(claims["role"], "ADMIN");
    let me = admin.get("/api/auth/me").send().await.expect(200);
    assert_eq!((&me["role"], &me["id"]), (&json!("ADMIN"), &claims["sub"]));
    let email = system.environment().variable("admin_email");
    assert_eq!(
        me["email"].as_str().map(str::to_lowercase),
        Some(email.to_lowercase())
    );

    let upper = account::log_in(
        &system.client,
        &email.to_uppercase(),
        system.environment().variable("admin_password"),
    )
    .await;
    let pair = account::token_pair(&upper.expect(200));
    assert_eq!(
        tokens::read(&pair.access).1["sub"],
        claims["sub"],
        "the same account"
    );
    let next = account::refresh_call(&system.client, &pair.refresh)
        .send()
        .await
        .expect(200);
    assert_eq!(
        tokens::read(&account::token_pair(&next).access).1["role"],
        "ADMIN"
    );
}

#[tokio::test]
async fn a_wrong_password_does_not_log_in_the_admin() {
    let system = System::connect();
    // From another address, so that the admin's own is not throttled.
    let client = Client::from_another_address().unwrap_or_else(|_| Client::new());
    let email = system.environment().variable("admin_email");
    account::log_in(&client, email, "wrong password")
        .await
        .problem(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn the_admins_email_cannot_be_registered() {
    let system = System::connect();
    let email = system.environment().variable("admin_email");
    for email in [email.to_owned(), email.to_uppercase()] {
        let body = json!({"email": email, "password": "12345678"});
        system
            .client
            .post("/api/auth/register")
            .json(&body)
            .send()
            .await
            .problem(409, "EMAIL_TAKEN");
    }
}

/// No call makes another admin, so the row is changed in the database, as by a restored backup.
#[tokio::test]
async fn any_other_admin_becomes_a_customer() {
    let system = System::connect();
    let (by_login, by_refresh) = (
        Account::register(&system.client).await,
        Account::register(&system.client).await,
    );
    let pair = by_refresh.log_in().await;
    let auth = Database::open(Service::Auth).await;
    for account in [&by_login, &by_refresh] {
        let changed = auth
            .change(
                "update users set role = 'ADMIN' where id = $1",
                &[&account.id],
            )
            .await;
        assert_eq!(changed, 1);
    }
    let login = by_login.log_in().await;
    let refresh = account::refresh_call(&system.client, &pair.refresh)
        .send()
        .await
        .expect(200);
    for token in [login.access, account::token_pair(&refresh).access] {
        assert_eq!(tokens::read(&token).1["role"], "CUSTOMER");
        let me = system
            .client
            .get("/api/auth/me")
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(me["role"], "CUSTOMER");
        system
            .client
            .get("/api/delivery/couriers")
            .bearer(&token)
            .send()
            .await
            .any_problem(403);
    }
}
