//! Too many failed logins of one e-mail from one address.

use harness::{
    account::{self, Account, PASSWORD},
    answer::Answer,
    client::Client,
    system::System,
    unique,
};

const WRONG: &str = "wrong password";

/// Makes five failed logins.
async fn fail(client: &Client, email: &str) {
    for _ in 0..5 {
        account::log_in(client, email, WRONG)
            .await
            .problem(401, "INVALID_CREDENTIALS");
    }
}

fn check_throttled(answer: Answer) {
    let seconds: u64 = answer
        .header("retry-after")
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    assert!((1..=900).contains(&seconds), "{answer}");
    answer.problem(429, "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn after_five_failures_the_right_password_is_throttled_too() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    fail(&system.client, &account.email).await;
    check_throttled(account::log_in(&system.client, &account.email, WRONG).await);
    check_throttled(account::log_in(&system.client, &account.email, PASSWORD).await);
    check_throttled(account::log_in(&system.client, &account.email.to_uppercase(), PASSWORD).await);
    // Another e-mail from the same address has its own count.
    Account::register(&system.client).await.log_in().await;
}

#[tokio::test]
async fn four_failures_are_not_throttled() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    for _ in 0..4 {
        account::log_in(&system.client, &account.email, WRONG)
            .await
            .problem(401, "INVALID_CREDENTIALS");
    }
    account.log_in().await;
}

#[tokio::test]
async fn an_unknown_email_is_throttled_too() {
    let system = System::connect();
    let email = unique::email();
    fail(&system.client, &email).await;
    check_throttled(account::log_in(&system.client, &email, WRONG).await);
}

#[tokio::test]
async fn concurrent_failures_are_all_counted() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let attempts = futures::future::join_all(
        (0..12).map(|_| account::log_in(&system.client, &account.email, WRONG)),
    )
    .await;
    let tried = attempts
        .iter()
        .filter(|answer| answer.status == 401)
        .count();
    // Some of the concurrent ones may have been checked before the fifth failed, but not all.
    assert!(
        (1..12).contains(&tried),
        "{tried} of 12 passwords were tried"
    );
    check_throttled(account::log_in(&system.client, &account.email, PASSWORD).await);
}

#[tokio::test]
async fn a_forged_client_address_does_not_help() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let claimed = |number: u8, password: &'static str| {
        let address = format!("10.0.0.{number}:1234");
        account::log_in_call(&system.client, &account.email, password)
            .header("spin-client-addr", &address)
            .header("x-forwarded-for", &address)
            .header("x-real-ip", &address)
            .header("forwarded", format!("for={address}"))
            .send()
    };
    for number in 0..5 {
        claimed(number, WRONG)
            .await
            .problem(401, "INVALID_CREDENTIALS");
    }
    check_throttled(claimed(99, PASSWORD).await);
}

#[tokio::test]
async fn another_address_has_its_own_count() {
    let system = System::connect();
    let one = harness::require!(Client::from_another_address());
    let other = harness::require!(Client::from_another_address());
    let account = Account::register(&system.client).await;
    fail(&one, &account.email).await;
    check_throttled(account::log_in(&one, &account.email, PASSWORD).await);
    account::log_in(&other, &account.email, PASSWORD)
        .await
        .status(200);
    check_throttled(account::log_in(&one, &account.email, PASSWORD).await);
}
