//! What one client address may do.

use futures::future::join_all;
use serde_json::Value;
use sql_tests::{open, open_several};
use uuid::Uuid;

use super::{Auth, Token, random_bytes};

const ADDRESS: [u8; 32] = [9; 32];
const ALLOWED: i32 = 7;

/// Begins an attempt with a subject of its own from the address.
async fn begin(db: &Auth, attempt: Uuid, address: &[u8; 32]) -> Value {
    db.answer(
        "select begin_counted_login($1, $2, $3, $4, 'nobody@example.com', 1, 1000000, 1000)",
        &[
            &attempt,
            &subject_of(attempt).as_slice(),
            &address.as_slice(),
            &ALLOWED,
        ],
    )
    .await
}

/// Each attempt is with another e-mail.
fn subject_of(attempt: Uuid) -> [u8; 32] {
    let mut subject = [0; 32];
    subject[..16].copy_from_slice(attempt.as_bytes());
    subject
}

async fn fail_one(db: &Auth, address: &[u8; 32]) -> Value {
    let attempt = Uuid::now_v7();
    let begun = begin(db, attempt, address).await;
    if begun["outcome"] == "ADMITTED" {
        db.fail(attempt, &subject_of(attempt)).await;
    }
    begun
}

#[tokio::test]
async fn failures_with_many_emails_lock_their_address_alone() {
    let db: Auth = open().await;
    for _ in 0..ALLOWED {
        assert_eq!(fail_one(&db, &ADDRESS).await["outcome"], "ADMITTED");
    }
    let locked = fail_one(&db, &ADDRESS).await;
    assert_eq!(locked["outcome"], "LOCKED");
    let wait = locked["retryAfter"].as_i64().unwrap();
    assert!((895..=900).contains(&wait), "{wait}");
    assert_eq!(fail_one(&db, &[8; 32]).await["outcome"], "ADMITTED");
    // They expire one by one.
    db.0.run(
        "update login_attempts set at = at - interval '15 minutes'
         where id = (select id from login_attempts order by at limit 1)",
    )
    .await;
    assert_eq!(fail_one(&db, &ADDRESS).await["outcome"], "ADMITTED");
    assert_eq!(fail_one(&db, &ADDRESS).await["outcome"], "LOCKED");
}

#[tokio::test]
async fn a_success_clears_no_failures_of_others_at_the_address() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    for _ in 1..ALLOWED {
        fail_one(&db, &ADDRESS).await;
        let attempt = Uuid::now_v7();
        assert_eq!(begin(&db, attempt, &ADDRESS).await["outcome"], "ADMITTED");
        let subject = subject_of(attempt);
        db.open_as(attempt, &subject, user, Token::first()).await;
    }
    fail_one(&db, &ADDRESS).await;
    assert_eq!(fail_one(&db, &ADDRESS).await["outcome"], "LOCKED");
}

#[tokio::test]
async fn passwords_have_turns_and_none_waits_for_too_long() {
    let db: Auth = open().await;
    // Five a second, and nobody waits for longer than a second.
    let begin = async |attempt: Uuid| {
        db.answer(
            "select begin_counted_login($1, $2, $2, 60, 'nobody@example.com', 1, 5, 1000)",
            &[&attempt, &subject_of(attempt).as_slice()],
        )
        .await
    };
    let mut waits = Vec::new();
    let crowded = loop {
        let attempt = Uuid::now_v7();
        let begun = begin(attempt).await;
        if begun["outcome"] == "CROWDED" {
            break attempt;
        }
        assert_eq!(begun["outcome"], "ADMITTED");
        waits.push(begun["waitMs"].as_i64().unwrap());
    };
    assert_eq!(waits[..2], [0, 0]);
    assert!((6..=9).contains(&waits.len()), "{waits:?}");
    for pair in waits[2..].windows(2) {
        assert!((100..=200).contains(&(pair[1] - pair[0])), "{waits:?}");
    }
    assert!(waits.iter().all(|wait| *wait <= 1_000), "{waits:?}");
    // The one that was refused does not count.
    assert_eq!(db.0.rows_in("login_attempts").await, waits.len() as i64);
    let statement = "select begin_registration($1, $2, 60, 5, 1000)";
    let registration = db.answer(statement, &[&crowded, &ADDRESS.as_slice()]).await;
    assert_eq!(registration["outcome"], "CROWDED");
    assert_eq!(db.0.rows_in("registration_attempts").await, 0);
    // Turns come back with time.
    db.0.run("update hash_turns set next_at = next_at - interval '400 ms'")
        .await;
    assert_eq!(begin(crowded).await["outcome"], "ADMITTED");
    // The server's clock was an hour ahead, as before a failover.
    db.0.run("update hash_turns set next_at = next_at + interval '1 hour'")
        .await;
    let admitted = begin(Uuid::now_v7()).await;
    assert_eq!(
        (&admitted["outcome"], &admitted["waitMs"]),
        (&"ADMITTED".into(), &0.into())
    );
    let after = begin(Uuid::now_v7()).await;
    assert!(after["waitMs"].as_i64().unwrap() <= 200, "{after}");
}

#[tokio::test]
async fn concurrent_attempts_are_limited_like_successive_ones() {
    let connections: [Auth; 24] = open_several().await;
    let attempts: Vec<_> = connections.iter().map(|db| (db, Uuid::now_v7())).collect();
    let begun = join_all(attempts.iter().map(|(db, id)| begin(db, *id, &ADDRESS))).await;
    let admitted = begun.iter().filter(|it| it["outcome"] == "ADMITTED");
    assert_eq!(admitted.count(), 7);
    for refused in begun.iter().filter(|it| it["outcome"] != "ADMITTED") {
        assert_eq!(
            (&refused["outcome"], &refused["retryAfter"]),
            (&"LOCKED".into(), &1.into())
        );
    }
    // The statement of an admitted one runs again, as after a lost result.
    let again = attempts.iter().zip(&begun);
    for ((db, id), begun) in again.filter(|(_, begun)| begun["outcome"] == "ADMITTED") {
        let again = begin(db, *id, &ADDRESS).await;
        assert_eq!(again["outcome"], begun["outcome"]);
    }
}

#[tokio::test]
async fn registrations_of_an_address_are_limited() {
    let db: Auth = open().await;
    let register = async |id: Uuid, address: [u8; 32]| {
        let statement = "select begin_registration($1, $2, 3, 1000000, 1000)";
        db.answer(statement, &[&id, &address.as_slice()]).await
    };
    let ids = [(); 3].map(|()| Uuid::now_v7());
    for id in ids {
        assert_eq!(register(id, ADDRESS).await["outcome"], "ADMITTED");
        // The statement runs again, as after a lost result.
        assert_eq!(register(id, ADDRESS).await["outcome"], "ADMITTED");
    }
    let locked = register(Uuid::now_v7(), ADDRESS).await;
    assert_eq!(locked["outcome"], "LOCKED");
    assert!((895..=900).contains(&locked["retryAfter"].as_i64().unwrap()));
    assert_eq!(
        register(Uuid::now_v7(), random_bytes()).await["outcome"],
        "ADMITTED"
    );
    // Old ones are deleted.
    db.0.run("update registration_attempts set at = at - interval '16 minutes'")
        .await;
    assert_eq!(
        register(Uuid::now_v7(), ADDRESS).await["outcome"],
        "ADMITTED"
    );
    assert_eq!(db.0.rows_in("registration_attempts").await, 1);
}
