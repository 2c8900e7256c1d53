//! No statement of a hot path reads a whole table, not even by a plan from the time when it was small.

use uuid::Uuid;

use super::{Auth, MARK, PASSWORD_HASH, Token, anything, connect, database};

const TABLES: [&str; 4] = ["login_attempts", "rotations", "sessions", "users"];

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
        insert into login_attempts (id, subject, failed)
        select gen_random_uuid(), sha256(n::text::bytea), true from generate_series({first}, {last}) n;"
    )
}

/// Everything often enough that the session keeps a plan for any values.
async fn use_everything(db: &Auth, domain: &str) {
    for round in 0..8 {
        let user = db.user(&format!("{round}@{domain}")).await;
        let subject = anything();
        db.try_and_fail(&subject).await;
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
        let close = "select close_session($1)";
        let handle = anything();
        db.0.execute(close, &[&handle.as_slice()]).await.unwrap();
    }
}

/// How often the session has read a table as a whole, and by an index.
async fn reads(db: &Auth, table: &str) -> (i64, i64) {
    let read = "select seq_scan, idx_scan from pg_stat_xact_user_tables where relname = $1";
    let row = db.0.query_one(read, &[&table]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn every_function_goes_by_an_index() {
    let database = database().await;
    let (filler, db) = (connect(&database).await, connect(&database).await);
    filler.run(&(fill(1, 20) + "analyze;")).await;
    use_everything(&db, "small.example.com").await;
    filler.run(&fill(21, 5_000)).await;
    // The counts begin at some time before, and go on until the transaction ends.
    db.run("begin").await;
    let mut before = Vec::new();
    for name in TABLES {
        before.push(reads(&db, name).await);
    }
    use_everything(&db, "large.example.com").await;
    for (name, (whole, by_index)) in TABLES.into_iter().zip(before) {
        let after = reads(&db, name).await;
        assert_eq!(after.0, whole, "{name} was read as a whole");
        assert!(after.1 >= by_index + 8, "{name} was not read by an index");
    }
}
