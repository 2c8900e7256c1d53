//! Refresh tokens: each is used once, and one that is used again ends its family.

use std::time::Duration;

use futures::future::join_all;
use harness::{
    account::{Account, Pair, pair_of, refresh_call},
    stack::Stack,
    tokens, unique,
};
use serde_json::json;

async fn refreshed(stack: &Stack, token: &str) -> Pair {
    pair_of(&refresh_call(&stack.client, token).send().await.expect(200))
}

async fn is_dead(stack: &Stack, token: &str) {
    refresh_call(&stack.client, token)
        .send()
        .await
        .problem(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_each_time() {
    let stack = Stack::connect();
    let account = Account::register(&stack.client).await;
    let mut pair = account.log_in().await;
    for _ in 0..4 {
        let next = refreshed(&stack, &pair.refresh).await;
        assert_ne!(next.refresh, pair.refresh);
        assert_ne!(next.access, pair.access);
        let (_, claims) = tokens::read(&next.access);
        assert_eq!(
            (&claims["sub"], &claims["role"]),
            (&json!(account.id), &json!("CUSTOMER"))
        );
        stack
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
async fn a_token_that_is_used_again_revokes_its_family() {
    let stack = Stack::connect();
    let account = Account::register(&stack.client).await;
    let other_family = account.log_in().await;
    let first = account.log_in().await;
    let second = refreshed(&stack, &first.refresh).await;
    let third = refreshed(&stack, &second.refresh).await;
    is_dead(&stack, &first.refresh).await;
    is_dead(&stack, &third.refresh).await;
    is_dead(&stack, &second.refresh).await;
    refreshed(&stack, &other_family.refresh).await;
    account.log_in().await;
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let stack = Stack::connect();
    let pair = Account::register(&stack.client).await.log_in().await;
    for token in [
        "x",
        "",
        " ",
        pair.access.as_str(),
        "ж",
        "'; drop table x; --",
    ] {
        let answer = refresh_call(&stack.client, token).send().await;
        assert!(matches!(answer.status, 401 | 422), "{answer}");
    }
    is_dead(&stack, &unique::name("token")).await;
    refreshed(&stack, &pair.refresh).await;
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let stack = Stack::connect();
    let token = Account::register(&stack.client)
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
        is_dead(&stack, &String::from_utf8(changed).expect("ASCII")).await;
    }
    is_dead(&stack, &format!("{token}A")).await;
    is_dead(&stack, &token[1..]).await;
    // None of them has harmed the session.
    refreshed(&stack, &token).await;
}

#[tokio::test]
async fn a_logout_ends_it_and_always_succeeds() {
    let stack = Stack::connect();
    let account = Account::register(&stack.client).await;
    let (pair, other) = (account.log_in().await, account.log_in().await);
    let next = refreshed(&stack, &pair.refresh).await;
    let log_out = |token: String| {
        stack
            .client
            .post("/api/auth/logout")
            .json(&json!({"refreshToken": token}))
            .send()
    };
    log_out(next.refresh.clone()).await.status(204);
    is_dead(&stack, &next.refresh).await;
    for token in [next.refresh, pair.refresh, "nobody's".into(), pair.access] {
        log_out(token).await.status(204);
    }
    refreshed(&stack, &other.refresh).await;
}

#[tokio::test]
async fn of_two_uses_at_once_without_a_key_one_wins_and_the_family_dies() {
    let stack = Stack::connect();
    let account = Account::register(&stack.client).await;
    for _ in 0..3 {
        let pair = account.log_in().await;
        let answers =
            join_all((0..4).map(|_| refresh_call(&stack.client, &pair.refresh).send())).await;
        let won: Vec<Pair> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| pair_of(&answer.json()))
            .collect();
        assert_eq!(won.len(), 1, "one of them");
        for answer in answers.into_iter().filter(|answer| answer.status != 200) {
            answer.problem(401, "INVALID_REFRESH_TOKEN");
        }
        is_dead(&stack, &won[0].refresh).await;
    }
}

#[tokio::test]
async fn under_one_key_the_same_token_gives_the_same_pair() {
    let stack = Stack::connect();
    let account = Account::register(&stack.client).await;
    let pair = account.log_in().await;
    let key = unique::name("key");
    let refresh = || refresh_call(&stack.client, &pair.refresh).key(&key).send();
    let first = refresh().await.status(200);
    assert!(!first.is_replay());
    let again = refresh().await.status(200);
    assert!(again.is_replay());
    assert_eq!(pair_of(&first.json()), pair_of(&again.json()));
    refreshed(&stack, &pair_of(&first.json()).refresh).await;
}

#[tokio::test]
async fn twin_refreshes_under_one_key_give_one_pair() {
    let stack = Stack::connect();
    let account = Account::register(&stack.client).await;
    let pair = account.log_in().await;
    let key = unique::name("key");
    let answers =
        join_all((0..6).map(|_| refresh_call(&stack.client, &pair.refresh).key(&key).send())).await;
    assert_eq!(
        answers.iter().filter(|answer| !answer.is_replay()).count(),
        1
    );
    let pairs: Vec<Pair> = answers
        .into_iter()
        .map(|answer| pair_of(&answer.expect(200)))
        .collect();
    assert!(pairs.iter().all(|pair| *pair == pairs[0]));
    refreshed(&stack, &pairs[0].refresh).await;
}

#[tokio::test]
async fn another_key_is_another_use() {
    let stack = Stack::connect();
    let pair = Account::register(&stack.client).await.log_in().await;
    let first = refresh_call(&stack.client, &pair.refresh)
        .key(&unique::name("key"))
        .send()
        .await
        .expect(200);
    let second = refresh_call(&stack.client, &pair.refresh)
        .key(&unique::name("key"))
        .send()
        .await;
    second.problem(401, "INVALID_REFRESH_TOKEN");
    is_dead(&stack, &pair_of(&first).refresh).await;
}

#[tokio::test]
async fn a_key_is_good_for_30_seconds() {
    let stack = Stack::connect();
    let pair = Account::register(&stack.client).await.log_in().await;
    let key = unique::name("key");
    let refresh = || refresh_call(&stack.client, &pair.refresh).key(&key).send();
    let first = pair_of(&refresh().await.expect(200));
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert_eq!(pair_of(&refresh().await.expect(200)), first);
    tokio::time::sleep(Duration::from_secs(7)).await;
    refresh().await.problem(401, "INVALID_REFRESH_TOKEN");
    is_dead(&stack, &first.refresh).await;
}
