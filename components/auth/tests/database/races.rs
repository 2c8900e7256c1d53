//! The same, all at once.

use futures::future::join_all;
use serde_json::Value;
use uuid::Uuid;

use super::{Auth, MARK, PASSWORD_HASH, Token, anything, connect, database};

async fn crowd(size: usize) -> Vec<Auth> {
    let database = database().await;
    join_all((0..size).map(|_| connect(&database))).await
}

fn count(answers: &[Value], outcome: &str) -> usize {
    let same = |answer: &&Value| answer["outcome"] == outcome;
    answers.iter().filter(same).count()
}

#[tokio::test]
async fn guesses_side_by_side_are_no_more_than_those_one_by_one() {
    let crowd = crowd(24).await;
    for _ in 0..5 {
        let subject = anything();
        let attempts: Vec<_> = crowd.iter().map(|db| (db, Uuid::now_v7())).collect();
        let begun = join_all(attempts.iter().map(|(db, id)| db.begin(*id, &subject))).await;
        assert_eq!((count(&begun, "ADMITTED"), count(&begun, "BUSY")), (5, 19));
        let admitted = attempts.iter().zip(&begun);
        let failing = admitted.filter(|(_, begun)| begun["outcome"] == "ADMITTED");
        join_all(failing.map(|((db, id), _)| db.fail(*id, &subject))).await;
        let begun = join_all(attempts.iter().map(|(db, _)| db.try_and_fail(&subject))).await;
        assert_eq!(count(&begun, "LOCKED"), 24);
    }
}

#[tokio::test]
async fn an_email_is_registered_once() {
    let crowd = crowd(16).await;
    let emails = ["a@example.com", "A@example.com"];
    let made = join_all(
        crowd
            .iter()
            .enumerate()
            .map(|(index, db)| db.register(Uuid::now_v7(), emails[index % 2])),
    )
    .await;
    assert_eq!(made.iter().filter(|user| !user.is_null()).count(), 1);
    assert_eq!(crowd[0].count("users").await, 1);
}

#[tokio::test]
async fn twins_with_one_key_get_one_pair() {
    let crowd = crowd(16).await;
    let user = crowd[0].user("a@example.com").await;
    let mut token = crowd[0].session(user).await;
    for round in 0..5 {
        let (next, key) = (token.next(), round.to_string());
        let pairs = join_all(
            crowd
                .iter()
                .map(|db| db.refresh_as(token, next, Some(&key), MARK)),
        )
        .await;
        assert_eq!(count(&pairs, "GRANTED"), 16);
        assert!(pairs.iter().all(|pair| *pair == pairs[0]), "{pairs:?}");
        token = next;
    }
    crowd[0].rotated(token).await;
}

#[tokio::test]
async fn twins_without_a_key_end_the_session() {
    let crowd = crowd(8).await;
    let user = crowd[0].user("a@example.com").await;
    for _ in 0..5 {
        let token = crowd[0].session(user).await;
        let nexts: Vec<_> = crowd.iter().map(|_| token.next()).collect();
        let pairs = join_all(
            crowd
                .iter()
                .zip(&nexts)
                .map(|(db, next)| db.refresh(token, *next)),
        )
        .await;
        assert_eq!(count(&pairs, "GRANTED"), 1, "{pairs:?}");
        assert_eq!(count(&pairs, "REUSED"), 1, "{pairs:?}");
        for next in nexts {
            let outcome = crowd[0].refresh(next, next.next()).await;
            assert_eq!(outcome["outcome"], "UNKNOWN");
        }
    }
}

#[tokio::test]
async fn a_key_used_for_two_tokens_at_once_exchanges_one() {
    let crowd = crowd(8).await;
    let user = crowd[0].user("a@example.com").await;
    let tokens = join_all(crowd.iter().map(|db| db.session(user))).await;
    let outcomes = join_all(
        crowd
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
    let crowd = crowd(16).await;
    let user = crowd[0].user("a@example.com").await;
    let one = |db| async move {
        let db: &Auth = db;
        for round in 0..20 {
            let first = db.session(user).await;
            let second = first.next();
            if round % 5 == 0 {
                let expire = "update sessions set expires_at = now() where handle = $1";
                let handle = first.handle.as_slice();
                db.0.execute(expire, &[&handle]).await.unwrap();
            }
            db.refresh(first, second).await;
            db.refresh(second, second.next()).await;
            db.refresh(first, first.next()).await;
            db.open_admin(MARK, PASSWORD_HASH, Token::first()).await;
        }
    };
    join_all(crowd.iter().map(one)).await;
    assert_eq!(crowd[0].count("users").await, 2);
}
