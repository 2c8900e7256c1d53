//! Functions that run at the same time.

use futures::future::join_all;
use serde_json::Value;
use sql_tests::open_several;
use uuid::Uuid;

use super::{Auth, MARK, PASSWORD_HASH, Token, random_bytes};

fn count(answers: &[Value], outcome: &str) -> usize {
    let same = |answer: &&Value| answer["outcome"] == outcome;
    answers.iter().filter(same).count()
}

#[tokio::test]
async fn concurrent_guesses_are_limited_like_successive_ones() {
    let connections: [Auth; 24] = open_several().await;
    for _ in 0..5 {
        let subject = random_bytes();
        let attempts: Vec<_> = connections.iter().map(|db| (db, Uuid::now_v7())).collect();
        let begun = join_all(attempts.iter().map(|(db, id)| db.begin(*id, &subject))).await;
        assert_eq!((count(&begun, "ADMITTED"), count(&begun, "BUSY")), (5, 19));
        let admitted = attempts.iter().zip(&begun);
        let failing = admitted.filter(|(_, begun)| begun["outcome"] == "ADMITTED");
        join_all(failing.map(|((db, id), _)| db.fail(*id, &subject))).await;
        let begun = join_all(attempts.iter().map(|(db, _)| db.fail_attempt(&subject))).await;
        assert_eq!(count(&begun, "LOCKED"), 24);
    }
}

#[tokio::test]
async fn concurrent_registrations_of_an_email_make_one_account() {
    let connections: [Auth; 16] = open_several().await;
    let emails = ["a@example.com", "A@example.com"];
    let users = join_all(
        connections
            .iter()
            .enumerate()
            .map(|(index, db)| db.register(Uuid::now_v7(), emails[index % 2])),
    )
    .await;
    assert_eq!(users.iter().filter(|user| !user.is_null()).count(), 1);
    assert_eq!(connections[0].0.rows_in("users").await, 1);
}

#[tokio::test]
async fn concurrent_exchanges_under_any_keys_give_one_pair() {
    let connections: [Auth; 16] = open_several().await;
    let user = connections[0].user("a@example.com").await;
    let mut token = connections[0].session(user).await;
    for round in 0..5 {
        let next = token.next();
        // Tabs of two browsers, so to speak: half of them share a key.
        let keys: Vec<String> = (0..connections.len())
            .map(|tab| format!("{round} {}", tab.min(8)))
            .collect();
        let pairs = join_all(
            connections
                .iter()
                .zip(&keys)
                .map(|(db, key)| db.refresh_as(token, next, Some(key), MARK)),
        )
        .await;
        assert_eq!(count(&pairs, "GRANTED"), 16);
        assert!(pairs.iter().all(|pair| *pair == pairs[0]), "{pairs:?}");
        token = next;
    }
    connections[0].rotated(token).await;
}

#[tokio::test]
async fn concurrent_exchanges_without_a_key_end_the_session() {
    let connections: [Auth; 8] = open_several().await;
    let user = connections[0].user("a@example.com").await;
    for _ in 0..5 {
        let token = connections[0].session(user).await;
        let nexts: Vec<_> = connections.iter().map(|_| token.next()).collect();
        let pairs = join_all(
            connections
                .iter()
                .zip(&nexts)
                .map(|(db, next)| db.refresh(token, *next)),
        )
        .await;
        assert_eq!(count(&pairs, "GRANTED"), 1, "{pairs:?}");
        assert_eq!(count(&pairs, "REUSED"), 1, "{pairs:?}");
        for next in nexts {
            let outcome = connections[0].refresh(next, next.next()).await;
            assert_eq!(outcome["outcome"], "UNKNOWN");
        }
    }
}

#[tokio::test]
async fn a_key_used_for_two_tokens_concurrently_exchanges_one() {
    let connections: [Auth; 8] = open_several().await;
    let user = connections[0].user("a@example.com").await;
    let tokens = join_all(connections.iter().map(|db| db.session(user))).await;
    let outcomes = join_all(
        connections
            .iter()
            .zip(&tokens)
            .map(|(db, token)| db.refresh_as(*token, token.next(), Some("k"), MARK)),
    )
    .await;
    assert_eq!(count(&outcomes, "GRANTED"), 1);
    assert_eq!(count(&outcomes, "KEY_REUSED"), 7);
}

#[tokio::test]
async fn logins_refreshes_and_logouts_of_one_user_never_deadlock() {
    let connections: [Auth; 16] = open_several().await;
    let user = connections[0].user("a@example.com").await;
    let run = |db| async move {
        let db: &Auth = db;
        for round in 0..20 {
            let first = db.session(user).await;
            let second = first.next();
            if round % 5 == 0 {
                let expire = "update sessions set expires_at = now() where handle = $1";
                let handle = first.handle.as_slice();
                db.0.execute(expire, &[&handle]).await;
            }
            db.refresh(first, second).await;
            db.refresh(second, second.next()).await;
            db.refresh(first, first.next()).await;
            db.open_admin(MARK, PASSWORD_HASH, Token::first()).await;
        }
    };
    join_all(connections.iter().map(run)).await;
    assert_eq!(connections[0].0.rows_in("users").await, 2);
}
