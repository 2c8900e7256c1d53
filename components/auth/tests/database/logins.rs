//! Registrations and failed logins.

use sql_tests::open;
use uuid::Uuid;

use super::{Auth, Token, random_bytes};

#[tokio::test]
async fn an_email_belongs_to_one_user_whatever_its_case() {
    let db: Auth = open().await;
    let user = Uuid::now_v7();
    let created = db.register(user, "Anna@Example.com").await;
    assert_eq!(created["email"], "Anna@Example.com");
    assert!(created["createdAt"].as_str().unwrap().ends_with('Z'));
    assert!(
        db.register(Uuid::now_v7(), "aNNA@example.COM")
            .await
            .is_null()
    );
    // The statement runs again, as after a lost result.
    assert_eq!(db.register(user, "Anna@Example.com").await, created);
    assert_eq!(db.0.rows_in("users").await, 1);
}

#[tokio::test]
async fn a_sixth_attempt_after_five_failures_is_locked() {
    let db: Auth = open().await;
    let subject = random_bytes();
    for _ in 0..5 {
        assert_eq!(db.fail_attempt(&subject).await["outcome"], "ADMITTED");
    }
    let locked = db.fail_attempt(&subject).await;
    assert_eq!(locked["outcome"], "LOCKED");
    let wait = locked["retryAfter"].as_i64().unwrap();
    assert!((895..=900).contains(&wait), "{wait}");
    assert_eq!(
        db.fail_attempt(&random_bytes()).await["outcome"],
        "ADMITTED"
    );

    // The failures expire one by one, and refused attempts have not counted.
    db.0.run("update login_attempts set at = at - interval '14 minutes' where failed")
        .await;
    let wait = db.fail_attempt(&subject).await["retryAfter"]
        .as_i64()
        .unwrap();
    assert!((55..=60).contains(&wait), "{wait}");
    db.0.run(
        "update login_attempts set at = at - interval '1 minute'
         where id = (select id from login_attempts order by at limit 1)",
    )
    .await;
    assert_eq!(db.fail_attempt(&subject).await["outcome"], "ADMITTED");
    assert_eq!(db.fail_attempt(&subject).await["outcome"], "LOCKED");
}

#[tokio::test]
async fn a_success_clears_the_failures() {
    let db: Auth = open().await;
    let (subject, user) = (random_bytes(), db.user("a@example.com").await);
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(db.fail_attempt(&subject).await["outcome"], "ADMITTED");
        }
        let attempt = Uuid::now_v7();
        assert_eq!(db.begin(attempt, &subject).await["outcome"], "ADMITTED");
        db.open_as(attempt, &subject, user, Token::first()).await;
        let counted: i64 =
            db.0.value(
                "select count(*) from login_attempts where not succeeded",
                &[],
            )
            .await;
        assert_eq!(counted, 0);
    }
}

#[tokio::test]
async fn attempts_in_progress_count_until_they_end_or_expire() {
    let db: Auth = open().await;
    let (subject, user) = (random_bytes(), db.user("a@example.com").await);
    let attempts = [(); 5].map(|()| Uuid::now_v7());
    for attempt in attempts {
        assert_eq!(db.begin(attempt, &subject).await["outcome"], "ADMITTED");
    }
    // The statement runs again, as after a lost result.
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
    // The last one was abandoned.
    db.0.run("update login_attempts set at = at - interval '31 seconds' where not failed")
        .await;
    assert_eq!(db.begin(last, &subject).await["outcome"], "ADMITTED");
    db.fail(last, &subject).await;
    assert_eq!(db.fail_attempt(&subject).await["outcome"], "LOCKED");
}

#[tokio::test]
async fn old_attempts_are_deleted() {
    let db: Auth = open().await;
    db.0.run(
        "insert into login_attempts (id, subject, failed, at)
         select gen_random_uuid(), sha256(n::text::bytea), true, now() - interval '16 minutes'
         from generate_series(1, 30) n",
    )
    .await;
    db.fail_attempt(&random_bytes()).await;
    assert_eq!(db.0.rows_in("login_attempts").await, 11);
    db.fail_attempt(&random_bytes()).await;
    assert_eq!(db.0.rows_in("login_attempts").await, 2);
}

#[tokio::test]
async fn an_admitted_attempt_has_the_account_of_its_email() {
    let db: Auth = open().await;
    let user = db.user("Somebody@example.com").await;
    let begun = db
        .answer(
            "select begin_login($1, $2, 'somebody@example.com')",
            &[&Uuid::now_v7(), &random_bytes().as_slice()],
        )
        .await;
    assert_eq!(begun["account"]["id"], user.to_string());
    assert_eq!(begun["account"]["passwordHash"], super::PASSWORD_HASH);
    assert!(db.begin(Uuid::now_v7(), &random_bytes()).await["account"].is_null());
}

#[tokio::test]
async fn a_password_that_changed_meanwhile_begins_no_session() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    db.0.run("update users set password_hash = '$argon2id$another'")
        .await;
    let opened = db
        .open_as(Uuid::now_v7(), &random_bytes(), user, Token::first())
        .await;
    assert!(opened.is_null());
    assert_eq!(db.0.rows_in("sessions").await, 0);
}
