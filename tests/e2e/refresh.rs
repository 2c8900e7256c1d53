//! Refresh tokens: each can be used once, and a second use ends its session.

use futures::future::join_all;
use harness::{
    account::{Account, TokenPair, refresh_call, token_pair},
    databases::{Database, Service},
    system::System,
    tokens, unique,
};
use serde_json::json;

async fn refreshed(system: &System, token: &str) -> TokenPair {
    token_pair(&refresh_call(&system.client, token).send().await.expect(200))
}

async fn expect_invalid(system: &System, token: &str) {
    refresh_call(&system.client, token)
        .send()
        .await
        .problem(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn each_refresh_returns_a_new_pair() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let mut pair = account.log_in().await;
    for _ in 0..4 {
        let next = refreshed(&system, &pair.refresh).await;
        assert_ne!(next.refresh, pair.refresh);
        assert_ne!(next.access, pair.access);
        let (_, claims) = tokens::read(&next.access);
        assert_eq!(
            (&claims["sub"], &claims["role"]),
            (&json!(account.id), &json!("CUSTOMER"))
        );
        system
            .client
            .get("/api/auth/me")
            .bearer(&next.access)
            .send()
            .await
            .status(200);
        pair = next;
    }
}

#[tokio::test]
async fn a_reused_token_ends_its_session() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let other_family = account.log_in().await;
    let first = account.log_in().await;
    let second = refreshed(&system, &first.refresh).await;
    let third = refreshed(&system, &second.refresh).await;
    expect_invalid(&system, &first.refresh).await;
    expect_invalid(&system, &third.refresh).await;
    expect_invalid(&system, &second.refresh).await;
    refreshed(&system, &other_family.refresh).await;
    account.log_in().await;
}

#[tokio::test]
async fn other_tokens_are_no_refresh_tokens() {
    let system = System::connect();
    let pair = Account::register(&system.client).await.log_in().await;
    for token in [
        "x",
        "",
        " ",
        pair.access.as_str(),
        "ж",
        "'; drop table x; --",
    ] {
        let answer = refresh_call(&system.client, token).send().await;
        assert!(matches!(answer.status, 401 | 422), "{answer}");
    }
    expect_invalid(&system, &unique::name("token")).await;
    refreshed(&system, &pair.refresh).await;
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let system = System::connect();
    let token = Account::register(&system.client)
        .await
        .log_in()
        .await
        .refresh;
    for position in [0, token.len() / 2, token.len() - 1] {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        expect_invalid(&system, &String::from_utf8(changed).expect("ASCII")).await;
    }
    expect_invalid(&system, &format!("{token}A")).await;
    expect_invalid(&system, &token[1..]).await;
    // None of them has ended the session.
    refreshed(&system, &token).await;
}

#[tokio::test]
async fn a_logout_ends_it_and_always_succeeds() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let (pair, other) = (account.log_in().await, account.log_in().await);
    let next = refreshed(&system, &pair.refresh).await;
    let log_out = |token: String| {
        system
            .client
            .post("/api/auth/logout")
            .json(&json!({"refreshToken": token}))
            .send()
    };
    log_out(next.refresh.clone()).await.status(204);
    expect_invalid(&system, &next.refresh).await;
    for token in [next.refresh, pair.refresh, "nobody's".into(), pair.access] {
        log_out(token).await.status(204);
    }
    refreshed(&system, &other.refresh).await;
}

#[tokio::test]
async fn of_concurrent_uses_without_a_key_one_succeeds_and_the_session_ends() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    for _ in 0..3 {
        let pair = account.log_in().await;
        let answers =
            join_all((0..4).map(|_| refresh_call(&system.client, &pair.refresh).send())).await;
        let won: Vec<TokenPair> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| token_pair(&answer.json()))
            .collect();
        assert_eq!(won.len(), 1, "one of them");
        for answer in answers.into_iter().filter(|answer| answer.status != 200) {
            answer.problem(401, "INVALID_REFRESH_TOKEN");
        }
        expect_invalid(&system, &won[0].refresh).await;
    }
}

#[tokio::test]
async fn under_one_key_the_same_token_returns_the_same_pair() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let pair = account.log_in().await;
    let key = unique::name("key");
    let refresh = || refresh_call(&system.client, &pair.refresh).key(&key).send();
    let first = refresh().await.status(200);
    assert!(!first.is_replay());
    let again = refresh().await.status(200);
    assert!(again.is_replay());
    assert_eq!(token_pair(&first.json()), token_pair(&again.json()));
    refreshed(&system, &token_pair(&first.json()).refresh).await;
}

#[tokio::test]
async fn concurrent_refreshes_under_one_key_return_one_pair() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let pair = account.log_in().await;
    let key = unique::name("key");
    let answers =
        join_all((0..6).map(|_| refresh_call(&system.client, &pair.refresh).key(&key).send()))
            .await;
    assert_eq!(
        answers.iter().filter(|answer| !answer.is_replay()).count(),
        1
    );
    let pairs: Vec<TokenPair> = answers
        .into_iter()
        .map(|answer| token_pair(&answer.expect(200)))
        .collect();
    assert!(pairs.iter().all(|pair| *pair == pairs[0]));
    refreshed(&system, &pairs[0].refresh).await;
}

#[tokio::test]
async fn tabs_with_a_key_each_stay_logged_in() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let mut pair = account.log_in().await;
    for _ in 0..3 {
        let answers = join_all((0..6).map(|_| {
            refresh_call(&system.client, &pair.refresh)
                .key(&unique::name("key"))
                .send()
        }))
        .await;
        let replays = answers.iter().filter(|answer| answer.is_replay()).count();
        assert_eq!(replays, 5);
        let pairs: Vec<TokenPair> = answers
            .into_iter()
            .map(|answer| token_pair(&answer.expect(200)))
            .collect();
        assert!(pairs.iter().all(|other| *other == pairs[0]));
        pair = pairs[0].clone();
    }
}

#[tokio::test]
async fn a_replay_never_has_a_token_that_was_exchanged_meanwhile() {
    let system = System::connect();
    let pair = Account::register(&system.client).await.log_in().await;
    let refresh = |token: String, key: String| {
        let call = refresh_call(&system.client, &token).key(&key);
        call.send()
    };
    let key = unique::name("key");
    let first = token_pair(&refresh(pair.refresh.clone(), key.clone()).await.expect(200));
    let next = token_pair(
        &refresh(first.refresh, unique::name("key"))
            .await
            .expect(200),
    );
    refresh(pair.refresh, key)
        .await
        .problem(401, "INVALID_REFRESH_TOKEN");
    // A dead token was used.
    expect_invalid(&system, &next.refresh).await;
}

/// Moves the account's refreshes into the past, which takes no time and cannot be done over HTTP.
async fn age_refreshes(account: &Account, seconds: f64) {
    let sql = "update rotations set at = at - make_interval(secs => $2) where user_id = $1";
    let database = Database::open(Service::Auth).await;
    assert_eq!(database.change(sql, &[&account.id, &seconds]).await, 1);
}

#[tokio::test]
async fn a_key_is_valid_for_30_seconds() {
    let system = System::connect();
    let account = Account::register(&system.client).await;
    let pair = account.log_in().await;
    let key = unique::name("key");
    let refresh = || refresh_call(&system.client, &pair.refresh).key(&key).send();
    let first = token_pair(&refresh().await.expect(200));
    age_refreshes(&account, 25.0).await;
    let again = token_pair(&refresh().await.expect(200));
    assert_eq!(again.refresh, first.refresh);
    // The same access token but for its times, which are those of the moved refresh.
    let id = |pair: &TokenPair| tokens::read(&pair.access).1["jti"].clone();
    assert_eq!(id(&again), id(&first));
    age_refreshes(&account, 6.0).await;
    refresh().await.problem(401, "INVALID_REFRESH_TOKEN");
    expect_invalid(&system, &first.refresh).await;
}
