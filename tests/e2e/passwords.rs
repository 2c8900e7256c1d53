//! Passwords: how they are compared, how they change, and what ends with them.

use harness::{
    account::{self, Account, PASSWORD, refresh_call},
    answer::Answer,
    system::System,
    unique,
};
use serde_json::json;

const NEW: &str = "another horse, another staple";

async fn register(system: &System, password: &str) -> String {
    let email = unique::email();
    let body = json!({"email": email, "password": password});
    let call = system.client.post("/api/auth/register").json(&body);
    call.send().await.status(201);
    email
}

async fn change(system: &System, token: &str, current: &str, new: &str) -> Answer {
    let body = json!({"currentPassword": current, "newPassword": new});
    let call = system
        .client
        .call(http::Method::PUT, "/api/auth/password")
        .bearer(token)
        .json(&body);
    call.send().await
}

async fn expect_dead(system: &System, refresh: &str) {
    refresh_call(&system.client, refresh)
        .send()
        .await
        .problem(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn either_normal_form_and_any_blank_is_the_same_password() {
    let system = System::connect();
    let composed = "\u{439}\u{439} чай\u{a0}\u{451}ж";
    let decomposed = "и\u{306}и\u{306} чаи\u{306} е\u{308}ж";
    for (registered, typed) in [(composed, decomposed), (decomposed, composed)] {
        let email = register(&system, registered).await;
        for password in [registered, typed] {
            let answer = account::log_in(&system.client, &email, password).await;
            answer.status(200);
        }
        account::log_in(&system.client, &email, "ии чаи еж12")
            .await
            .problem(401, "INVALID_CREDENTIALS");
        let upper = composed.to_uppercase();
        account::log_in(&system.client, &email, &upper)
            .await
            .problem(401, "INVALID_CREDENTIALS");
    }
}

#[tokio::test]
async fn the_length_is_that_of_the_compared_form() {
    let system = System::connect();
    let email = register(&system, &"и\u{306}".repeat(128)).await;
    let typed = "\u{439}".repeat(128);
    account::log_in(&system.client, &email, &typed)
        .await
        .status(200);
    let body = json!({"email": unique::email(), "password": "tab\tbed password"});
    let call = system.client.post("/api/auth/register").json(&body);
    call.send().await.invalid(&["/password"]);
}

#[tokio::test]
async fn a_change_ends_the_other_sessions_and_the_old_password() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let (other, own) = (account.log_in().await, account.log_in().await);
    let answer = change(&system, &own.access, PASSWORD, NEW).await;
    answer.status(204);
    expect_dead(&system, &other.refresh).await;
    let refreshed = refresh_call(&system.client, &own.refresh).send().await;
    let own = account::token_pair(&refreshed.expect(200));
    account::log_in(&system.client, &account.email, PASSWORD)
        .await
        .problem(401, "INVALID_CREDENTIALS");
    account::log_in(&system.client, &account.email, NEW)
        .await
        .status(200);
    // With a later access token of the session, too.
    let answer = change(&system, &own.access, NEW, PASSWORD).await;
    answer.status(204);
    let refreshed = refresh_call(&system.client, &own.refresh).send().await;
    refreshed.status(200);
    account.log_in().await;
}

#[tokio::test]
async fn a_wrong_current_password_counts_like_a_login() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let pair = account.log_in().await;
    for _ in 0..5 {
        let answer = change(&system, &pair.access, "wrong password", NEW).await;
        answer.problem(401, "INVALID_CREDENTIALS");
    }
    let answer = change(&system, &pair.access, PASSWORD, NEW).await;
    answer.problem(429, "TOO_MANY_ATTEMPTS");
    account::log_in(&system.client, &account.email, PASSWORD)
        .await
        .problem(429, "TOO_MANY_ATTEMPTS");
    refresh_call(&system.client, &pair.refresh)
        .send()
        .await
        .status(200);
}

#[tokio::test]
async fn who_may_change_what() {
    let system = System::connect();
    let pair = Account::register(&system.client).await.log_in().await;
    change(&system, "nonsense", PASSWORD, NEW)
        .await
        .any_problem(401);
    let admin = system.admin().await;
    change(&system, &admin.token, "whatever it is", NEW)
        .await
        .problem(403, "FORBIDDEN");
    change(&system, &pair.access, "", "short")
        .await
        .invalid(&["/currentPassword", "/newPassword"]);
    let unknown = system.customer();
    change(&system, &unknown.token, PASSWORD, NEW)
        .await
        .any_problem(401);
}

#[tokio::test]
async fn a_logout_everywhere_ends_every_session() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let stranger = Account::register(&system.client).await.log_in().await;
    let (one, other) = (account.log_in().await, account.log_in().await);
    let everywhere = || system.client.post("/api/auth/logout-everywhere");
    everywhere().send().await.any_problem(401);
    for _ in 0..2 {
        let answer = everywhere().bearer(&one.access).send().await;
        answer.status(204);
    }
    for token in [&one.refresh, &other.refresh] {
        expect_dead(&system, token).await;
    }
    refresh_call(&system.client, &stranger.refresh)
        .send()
        .await
        .status(200);
    account.log_in().await;
}

#[tokio::test]
async fn a_logout_is_204_whatever_comes_and_only_the_whole_token_ends_a_session() {
    let system = System::connect();
    let pair = Account::register(&system.client).await.log_in().await;
    let logout = || system.client.post("/api/auth/logout");
    let token = &pair.refresh;
    let replaced = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("ASCII")
    };
    // The first 16 bytes name the session; they alone end nothing.
    for token in [
        replaced(63),
        replaced(30),
        format!("{}{}", &token[..24], "A".repeat(40)),
        token[..22].to_owned(),
    ] {
        let call = logout().json(&json!({"refreshToken": token}));
        call.send().await.status(204);
    }
    for body in ["", "{", "[]", "{\"refreshToken\":5}", "{\"a\":1,\"a\":1}"] {
        let call = logout().body("application/json", body);
        call.send().await.status(204);
        logout().untyped_body(body).send().await.status(204);
    }
    let refreshed = refresh_call(&system.client, token).send().await;
    let next = account::token_pair(&refreshed.expect(200));
    let call = logout().json(&json!({"refreshToken": next.refresh}));
    call.send().await.status(204);
    expect_dead(&system, &next.refresh).await;
}

#[tokio::test]
async fn a_refused_registration_takes_as_long_for_the_administrators_email() {
    let system = System::connect();
    let taken = Account::register(&system.client).await.email;
    let administrators = system.environment().variable("admin_email").to_owned();
    let mut shortest = std::collections::BTreeMap::new();
    for _ in 0..7 {
        for email in [&taken, &administrators] {
            let body = json!({"email": email, "password": PASSWORD});
            let began = std::time::Instant::now();
            let call = system.client.post("/api/auth/register").json(&body);
            call.send().await.problem(409, "EMAIL_TAKEN");
            let took = began.elapsed();
            let shortest = shortest.entry(email).or_insert(took);
            *shortest = took.min(*shortest);
        }
    }
    // A hash takes tens of milliseconds, and what differs otherwise takes less than one.
    let (one, other) = (shortest[&taken], shortest[&administrators]);
    assert!(one < 3 * other && other < 3 * one, "{one:?} and {other:?}");
}
