//! No function of a hot path reads a whole table, not even with a plan that was made when the table was small.

use sql_tests::plans::assert_read_by_index;
use uuid::Uuid;

use super::{Auth, MARK, PASSWORD_HASH, Token, random_bytes};

fn fill(first: u32, last: u32) -> String {
    format!(
        "insert into users (id, email, password_hash)
        select gen_random_uuid(), n || '@example.com', '$argon2id$' from generate_series({first}, {last}) n;
        insert into sessions (id, user_id, handle, token, expires_at)
        select gen_random_uuid(), id, sha256(email::bytea), sha256(email::bytea), now() + interval '1 day'
        from users
        where name is null;
        insert into rotations (token, session_id, user_id, successor, idempotency_key, access_id, access_role)
        select sha256(n::text::bytea || handle), id, user_id, token, n::text, gen_random_uuid(), 'CUSTOMER'
        from sessions, generate_series(1, 3) n
        where handle = token;
        update sessions set token = sha256(token) where handle = token;
        update users set name = 'filled';
        insert into login_attempts (id, subject, address, failed)
        select gen_random_uuid(), sha256(n::text::bytea), sha256(n::text::bytea), true
        from generate_series({first}, {last}) n;
        insert into registration_attempts (id, address)
        select gen_random_uuid(), sha256(n::text::bytea) from generate_series({first}, {last}) n;"
    )
}

/// Often enough that the session keeps a plan for any values.
async fn call_every_function(db: &Auth) {
    for round in 0..8 {
        let email = format!("{}@example.com", Uuid::now_v7());
        let user = db.user(&email).await;
        let subject = random_bytes();
        db.fail_attempt(&subject).await;
        let token = Token::first();
        db.open_as(Uuid::now_v7(), &subject, user, token).await;
        let (next, key) = (token.next(), round.to_string());
        for _ in 0..2 {
            let granted = db.refresh_as(token, next, Some(&key), MARK).await;
            assert_eq!(granted["outcome"], "GRANTED");
        }
        let reused = db.refresh(token, token.next()).await;
        assert_eq!(reused["outcome"], "REUSED");
        db.open_admin(MARK, PASSWORD_HASH, Token::first()).await;
        db.answer(
            "select user_document(users) from users where id = $1",
            &[&user],
        )
        .await;
        let random = random_bytes();
        let end = "select end_session($1, $1, true)";
        db.0.execute(end, &[&random.as_slice()]).await;
        let count =
            "select begin_counted_login(gen_random_uuid(), $1, $1, 60, 'nobody', 1, 1000000, 1000)";
        db.answer(count, &[&random.as_slice()]).await;
        let count = "select begin_registration(gen_random_uuid(), $1, 60, 1000000, 1000)";
        db.answer(count, &[&random.as_slice()]).await;
        let change = "select change_password(gen_random_uuid(), $1, $2, $3, $3, gen_random_uuid())";
        db.answer(change, &[&random.as_slice(), &user, &PASSWORD_HASH])
            .await;
        let end = "select end_sessions(gen_random_uuid(), $1)";
        db.0.execute(end, &[&user]).await;
    }
}

#[tokio::test]
async fn every_function_uses_indexes() {
    assert_read_by_index(
        &fill(1, 20),
        &fill(21, 5_000),
        &[
            "hash_turns",
            "login_attempts",
            "registration_attempts",
            "rotations",
            "sessions",
            "users",
        ],
        call_every_function,
    )
    .await;
}
