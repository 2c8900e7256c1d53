//! The numbers of metrics.

use futures::future::{join, join_all};
use sql_tests::totals::{
    a_migration_counts_what_is_there, add_up, add_up_all, assert_exact, pages_of_a_scrape, scrape,
};
use sql_tests::{open, open_several};

use super::{Auth, MARK, PASSWORD_HASH, Token, random_bytes};

/// The totals, from the whole tables.
const EXPECTED: &str = "(
    select jsonb_build_object(
        'users', jsonb_build_object(
            'ADMIN', (select count(*) from users where role = 'ADMIN'),
            'CUSTOMER', (select count(*) from users where role = 'CUSTOMER')
        ),
        'sessions', (select count(*) from sessions where expires_at > now()),
        'failedLogins', (
            select count(*) from login_attempts where failed and at > now() - login_window()
        ),
        'lockedLogins', (
            select count(*)
            from (
                select from login_attempts
                where failed and at > now() - login_window()
                group by subject
                having count(*) >= allowed_login_failures()
            ) as locked
        )
    )
)";

#[tokio::test]
async fn users_and_sessions_are_counted_through_every_change() {
    let db: Auth = open().await;
    for add_up in [false, true] {
        let check = async || {
            if add_up {
                add_up_all(&db.0).await;
            }
            assert_exact(&db.0, EXPECTED).await;
        };
        check().await;
        let user = db.user(&format!("{add_up}@example.com")).await;
        check().await;
        let token = db.session(user).await;
        db.session(user).await;
        db.rotated(token).await;
        check().await;
        db.0.execute(
            "select end_session($1, $1, true)",
            &[&token.handle.as_slice()],
        )
        .await;
        check().await;
        db.open_admin(MARK, PASSWORD_HASH, Token::first()).await;
        check().await;
        db.0.run("update sessions set expires_at = now() - interval '1 s'")
            .await;
        check().await;
        db.session(user).await;
        check().await;
        db.0.execute("select close_sessions($1)", &[&user]).await;
        check().await;
        db.0.run("update users set role = 'CUSTOMER'").await;
        check().await;
        let (subject, other) = (random_bytes(), random_bytes());
        for _ in 0..6 {
            db.fail_attempt(&subject).await;
        }
        db.fail_attempt(&other).await;
        check().await;
        db.session(user).await;
        db.0.execute("delete from users where id = $1", &[&user])
            .await;
        check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_exact_under_concurrent_changes() {
    let connections: [Auth; 6] = open_several().await;
    let (scrapes, writers) = connections.split_at(2);
    let write = async |(place, db): (usize, &Auth)| {
        for round in 0..30 {
            let user = db.user(&format!("{place}-{round}@example.com")).await;
            let token = db.session(user).await;
            db.session(user).await;
            let end = "select end_session($1, $1, true)";
            db.0.execute(end, &[&token.handle.as_slice()]).await;
        }
    };
    let scrape = async |db: &Auth, limit: i32| {
        for _ in 0..60 {
            add_up(&db.0, limit).await;
            assert_exact(&db.0, EXPECTED).await;
        }
    };
    join(
        join_all(writers.iter().enumerate().map(write)),
        join(scrape(&scrapes[0], 3), scrape(&scrapes[1], 5)),
    )
    .await;
    assert_exact(&scrapes[0].0, EXPECTED).await;
    add_up_all(&scrapes[0].0).await;
    assert_exact(&scrapes[0].0, EXPECTED).await;
}

#[tokio::test]
async fn the_migration_counts_what_is_there() {
    a_migration_counts_what_is_there("auth", 6, &fill(40), EXPECTED).await;
}

#[tokio::test]
async fn a_scrape_costs_the_same_at_any_number_of_rows() {
    let few = pages_of_a_scrape::<Auth>(&fill(10), scrape).await;
    let many = pages_of_a_scrape::<Auth>(&fill(100_000), scrape).await;
    println!("a scrape reads {few} pages at ten users and {many} at 100,000");
    assert!(
        many <= few + 30,
        "{few} pages at ten users, {many} at 100,000"
    );
}

/// So many users, each with a session, and as many logins that failed long ago.
fn fill(users: u32) -> String {
    format!(
        "insert into users (id, email, password_hash, role)
        select gen_random_uuid(), n || '@example.com', '$argon2id$', case n when 7 then 'ADMIN' else 'CUSTOMER' end
        from generate_series(1, {users}) n;
        insert into sessions (id, user_id, handle, token, expires_at)
        select gen_random_uuid(), id, sha256(email::bytea), sha256(email::bytea), now() + interval '1 day'
        from users;
        insert into login_attempts (id, subject, failed, at)
        select gen_random_uuid(), sha256(n::text::bytea), true, now() - interval '1 h'
        from generate_series(1, {users}) n;"
    )
}
