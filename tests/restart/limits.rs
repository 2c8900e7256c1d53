//! The limits of a client's address, on a host with low ones; and a flood of passwords.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::{
    account::{self, Account, PASSWORD},
    answer::Answer,
    client::Client,
    control::Control,
    require,
    system::System,
    unique,
};
use serde_json::json;

/// More than have their turn within 5 s at five passwords a second.
const GUESSERS: usize = 48;

fn expect_too_many(answer: Answer) {
    let seconds = answer.header("retry-after").and_then(|it| it.parse().ok());
    let seconds: u64 = seconds.unwrap_or(0);
    assert!((1..=900).contains(&seconds), "{answer}");
    answer.problem(429, "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn one_password_is_not_tried_on_many_emails() {
    let control = require!(Control::get());
    let system = System::connect();
    let client = require!(Client::from_another_address());
    let account = Account::register(&system.client).await;
    let changed = control
        .restart_host_with(&[("login_failures_per_address", "8")])
        .await;
    for _ in 0..8 {
        account::log_in(&client, &unique::email(), "password1")
            .await
            .problem(401, "INVALID_CREDENTIALS");
    }
    expect_too_many(account::log_in(&client, &unique::email(), "password1").await);
    expect_too_many(account::log_in(&client, &account.email, PASSWORD).await);
    // Everything else of the address goes on, and other addresses do.
    client
        .get("/api/auth/.well-known/jwks.json")
        .send()
        .await
        .status(200);
    Account::register(&client).await;
    let other = require!(Client::from_another_address());
    account::log_in(&other, &account.email, PASSWORD)
        .await
        .status(200);
    changed.end().await;
    account::log_in(&client, &account.email, PASSWORD)
        .await
        .status(200);
}

#[tokio::test]
async fn an_address_registers_only_so_many() {
    let control = require!(Control::get());
    let client = require!(Client::from_another_address());
    let changed = control
        .restart_host_with(&[("registrations_per_address", "3")])
        .await;
    let register = async |email: &str| {
        let body = json!({"email": email, "password": PASSWORD});
        let call = client.post("/api/auth/register").json(&body);
        call.send().await
    };
    let taken = unique::email();
    register(&taken).await.status(201);
    // A taken e-mail costs a hash too.
    for _ in 0..2 {
        register(&taken).await.problem(409, "EMAIL_TAKEN");
    }
    expect_too_many(register(&taken).await);
    expect_too_many(register(&unique::email()).await);
    let mistyped = register("nobody").await;
    mistyped.invalid(&["/email"]);
    changed.end().await;
    register(&unique::email()).await.status(201);
}

#[tokio::test]
async fn while_passwords_flood_in_the_rest_of_auth_stays_quick() {
    let control = require!(Control::get());
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let mut pair = account.log_in().await;
    let changed = control
        .restart_host_with(&[("hashes_per_second", "5")])
        .await;
    let end = Instant::now() + Duration::from_secs(7);
    let guesses = join_all((0..GUESSERS).map(|_| async {
        let (mut checked, mut refused) = (0, 0);
        while Instant::now() < end {
            let answer = account::log_in(&system.client, &unique::email(), "password1").await;
            match answer.status {
                401 => checked += 1,
                503 => {
                    assert!(answer.header("retry-after").is_some(), "{answer}");
                    refused += 1;
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
                _ => panic!("{answer}"),
            }
        }
        (checked, refused)
    }));
    let others = async {
        let mut times = Vec::new();
        while Instant::now() < end {
            let began = Instant::now();
            let me = system.client.get("/api/auth/me").bearer(&pair.access);
            me.send().await.status(200);
            let refresh = account::refresh_call(&system.client, &pair.refresh);
            pair = account::token_pair(&refresh.send().await.expect(200));
            times.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        times.sort_unstable();
        times
    };
    let (guesses, times) = tokio::join!(guesses, others);
    changed.end().await;
    let checked: u32 = guesses.iter().map(|(checked, _)| checked).sum();
    let refused: u32 = guesses.iter().map(|(_, refused)| refused).sum();
    let median = times[times.len() / 2];
    println!("{checked} passwords checked, {refused} refused; two other calls: median {median:?}");
    // Five a second for seven seconds, and those that wait in the end.
    assert!((20..=70).contains(&checked), "{checked}");
    assert!(refused > 0);
    assert!(median < Duration::from_secs(1), "{median:?}");
}
