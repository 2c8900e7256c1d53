//! Registering, and counting failed logins.

use uuid::Uuid;

use super::{Token, anything, auth};

#[tokio::test]
async fn an_email_is_one_persons_in_any_case() {
    let db = auth().await;
    let user = Uuid::now_v7();
    let made = db.register(user, "Anna@Example.com").await;
    assert_eq!(made["email"], "Anna@Example.com");
    assert!(made["createdAt"].as_str().unwrap().ends_with('Z'));
    assert!(
        db.register(Uuid::now_v7(), "aNNA@example.COM")
            .await
            .is_null()
    );
    // The answer was lost, and the statement runs again.
    assert_eq!(db.register(user, "Anna@Example.com").await, made);
    assert_eq!(db.count("users").await, 1);
}

#[tokio::test]
async fn the_sixth_attempt_after_five_failures_must_wait() {
    let db = auth().await;
    let subject = anything();
    for _ in 0..5 {
        assert_eq!(db.try_and_fail(&subject).await["outcome"], "ADMITTED");
    }
    let locked = db.try_and_fail(&subject).await;
    assert_eq!(locked["outcome"], "LOCKED");
    let wait = locked["retryAfter"].as_i64().unwrap();
    assert!((895..=900).contains(&wait), "{wait}");
    assert_eq!(db.try_and_fail(&anything()).await["outcome"], "ADMITTED");

    // One failure grows old at a time, and refused attempts have not counted.
    db.run("update login_attempts set at = at - interval '14 minutes' where failed")
        .await;
    let wait = db.try_and_fail(&subject).await["retryAfter"]
        .as_i64()
        .unwrap();
    assert!((55..=60).contains(&wait), "{wait}");
    db.run(
        "update login_attempts set at = at - interval '1 minute'
         where id = (select id from login_attempts order by at limit 1)",
    )
    .await;
    assert_eq!(db.try_and_fail(&subject).await["outcome"], "ADMITTED");
    assert_eq!(db.try_and_fail(&subject).await["outcome"], "LOCKED");
}

#[tokio::test]
async fn a_success_forgets_the_failures() {
    let db = auth().await;
    let (subject, user) = (anything(), db.user("a@example.com").await);
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(db.try_and_fail(&subject).await["outcome"], "ADMITTED");
        }
        let attempt = Uuid::now_v7();
        assert_eq!(db.begin(attempt, &subject).await["outcome"], "ADMITTED");
        db.open_as(attempt, &subject, user, Token::first()).await;
        assert_eq!(db.count("login_attempts").await, 0);
    }
}

#[tokio::test]
async fn attempts_under_way_hold_their_places_until_they_end_or_are_lost() {
    let db = auth().await;
    let (subject, user) = (anything(), db.user("a@example.com").await);
    let attempts = [(); 5].map(|()| Uuid::now_v7());
    for attempt in attempts {
        assert_eq!(db.begin(attempt, &subject).await["outcome"], "ADMITTED");
    }
    // The answer was lost, and the statement runs again.
    assert_eq!(db.begin(attempts[4], &subject).await["outcome"], "ADMITTED");
    let late = Uuid::now_v7();
    assert_eq!(db.begin(late, &subject).await["outcome"], "BUSY");
    db.open_as(attempts[0], &subject, user, Token::first())
        .await;
    assert_eq!(db.begin(late, &subject).await["outcome"], "ADMITTED");
    for attempt in [late, attempts[1], attempts[2], attempts[3]] {
        db.fail(attempt, &subject).await;
    }
    let last = Uuid::now_v7();
    assert_eq!(db.begin(last, &subject).await["outcome"], "BUSY");
    // Nobody will ever hear of the one that is left.
    db.run("update login_attempts set at = at - interval '31 seconds' where not failed")
        .await;
    assert_eq!(db.begin(last, &subject).await["outcome"], "ADMITTED");
    db.fail(last, &subject).await;
    assert_eq!(db.try_and_fail(&subject).await["outcome"], "LOCKED");
}

#[tokio::test]
async fn old_attempts_do_not_pile_up() {
    let db = auth().await;
    db.run(
        "insert into login_attempts (id, subject, failed, at)
         select gen_random_uuid(), sha256(n::text::bytea), true, now() - interval '16 minutes'
         from generate_series(1, 30) n",
    )
    .await;
    db.try_and_fail(&anything()).await;
    assert_eq!(db.count("login_attempts").await, 11);
    db.try_and_fail(&anything()).await;
    assert_eq!(db.count("login_attempts").await, 2);
}

#[tokio::test]
async fn an_attempt_learns_whose_email_it_has() {
    let db = auth().await;
    let user = db.user("Somebody@example.com").await;
    let begun = db
        .answer(
            "select begin_login($1, $2, 'somebody@example.com')",
            &[&Uuid::now_v7(), &anything().as_slice()],
        )
        .await;
    assert_eq!(begun["account"]["id"], user.to_string());
    assert_eq!(begun["account"]["passwordHash"], super::PASSWORD_HASH);
    assert!(db.begin(Uuid::now_v7(), &anything()).await["account"].is_null());
}

#[tokio::test]
async fn a_password_that_changed_meanwhile_opens_nothing() {
    let db = auth().await;
    let user = db.user("a@example.com").await;
    db.run("update users set password_hash = '$argon2id$another'")
        .await;
    let opened = db
        .open_as(Uuid::now_v7(), &anything(), user, Token::first())
        .await;
    assert!(opened.is_null());
    assert_eq!(db.count("sessions").await, 0);
}
