//! Sessions: the exchange of refresh tokens, its repetition, and the end of a session.

use sql_tests::open;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{ADMIN_KEY, Auth, MARK, PASSWORD_HASH, Token, random_bytes};

async fn session(db: &Auth) -> Token {
    session_of(db, "a@example.com").await
}

async fn session_of(db: &Auth, email: &str) -> Token {
    let user = db.user(email).await;
    db.session(user).await
}

#[tokio::test]
async fn a_token_can_be_used_once_and_its_second_use_ends_the_session() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let second = db.rotated(first).await;
    let third = db.rotated(second).await;
    assert_eq!(db.refresh(first, first.next()).await["outcome"], "REUSED");
    assert_eq!(db.refresh(third, third.next()).await["outcome"], "UNKNOWN");
    assert_eq!(db.0.rows_in("sessions").await, 0);
    assert_eq!(db.0.rows_in("rotations").await, 0);
}

#[tokio::test]
async fn a_used_token_is_recognized_after_its_exchange_was_deleted() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let second = db.rotated(first).await;
    db.0.run("update rotations set at = at - interval '3 days'")
        .await;
    let third = db.rotated(second).await;
    assert_eq!(db.0.rows_in("rotations").await, 1);
    assert_eq!(db.refresh(first, first.next()).await["outcome"], "REUSED");
    assert_eq!(db.refresh(third, third.next()).await["outcome"], "UNKNOWN");
}

#[tokio::test]
async fn a_forged_token_with_a_valid_handle_changes_nothing() {
    let db: Auth = open().await;
    let token = session(&db).await;
    let forged = token.next();
    let refresh =
        "select exchange_token($1, $2, false, $3, null, null, gen_random_uuid(), $4, $5, null)";
    let present = async |presented: Token, successor: Token| {
        let parameters: [&(dyn ToSql + Sync); 5] = [
            &presented.handle.as_slice(),
            &presented.hash.as_slice(),
            &successor.hash.as_slice(),
            &ADMIN_KEY,
            &MARK.as_slice(),
        ];
        db.answer(refresh, &parameters).await["outcome"].clone()
    };
    assert_eq!(present(forged, forged.next()).await, "UNKNOWN");
    assert_eq!(db.0.rows_in("sessions").await, 1);
    // The current token is valid even if its proof was made with an earlier key.
    assert_eq!(present(token, token.next()).await, "GRANTED");
}

#[tokio::test]
async fn other_sessions_of_the_user_continue() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let (phone, laptop) = (db.session(user).await, db.session(user).await);
    db.rotated(phone).await;
    assert_eq!(db.refresh(phone, phone.next()).await["outcome"], "REUSED");
    db.rotated(laptop).await;
}

#[tokio::test]
async fn the_same_exchange_can_be_repeated_for_30_seconds() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let second = first.next();
    let granted = db.refresh_as(first, second, Some("k"), MARK).await;
    assert_eq!(granted["outcome"], "GRANTED");
    db.0.run("update rotations set at = at - interval '29 seconds'")
        .await;
    let mut again = db.refresh_as(first, second, Some("k"), MARK).await;
    let issued = again["issuedAt"].as_i64().unwrap();
    assert_eq!(granted["issuedAt"].as_i64().unwrap() - issued, 29);
    again["issuedAt"] = granted["issuedAt"].clone();
    assert_eq!(again, granted);

    // Under any key, but not without one.
    let mut again = db.refresh_as(first, second, Some("other"), MARK).await;
    again["issuedAt"] = granted["issuedAt"].clone();
    assert_eq!(again, granted);
    db.0.run("update rotations set at = at - interval '1 second'")
        .await;
    assert_eq!(
        db.refresh_as(first, second, Some("k"), MARK).await["outcome"],
        "REUSED"
    );
    assert_eq!(
        db.refresh(second, second.next()).await["outcome"],
        "UNKNOWN"
    );
}

#[tokio::test]
async fn an_exchanged_token_is_handed_out_to_nobody() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let second = first.next();
    db.refresh_as(first, second, Some("k"), MARK).await;
    let third = db.rotated(second).await;
    // It would be dead on arrival; and a dead token was used.
    assert_eq!(
        db.refresh_as(first, second, Some("k"), MARK).await["outcome"],
        "REUSED"
    );
    assert_eq!(db.refresh(third, third.next()).await["outcome"], "UNKNOWN");
}

#[tokio::test]
async fn without_a_key_only_the_same_statement_can_be_repeated() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let (second, access) = (first.next(), Uuid::now_v7());
    let exchange = async |access: Uuid| {
        let parameters: [&(dyn ToSql + Sync); 6] = [
            &first.handle.as_slice(),
            &first.hash.as_slice(),
            &second.hash.as_slice(),
            &access,
            &ADMIN_KEY,
            &MARK.as_slice(),
        ];
        let statement = "select exchange_token($1, $2, true, $3, null, null, $4, $5, $6, null)";
        db.answer(statement, &parameters).await
    };
    let granted = exchange(access).await;
    assert_eq!(granted["outcome"], "GRANTED");
    assert_eq!(exchange(access).await, granted);
    assert_eq!(exchange(Uuid::now_v7()).await["outcome"], "REUSED");
}

#[tokio::test]
async fn a_repeat_under_a_new_key_of_tokens_gets_the_successor_of_the_old_one() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let (second, anew) = (first.next(), first.next());
    db.refresh_as(first, second, Some("k"), MARK).await;
    let exchange = async |successor: Token, other: Option<Token>| {
        let other = other.map(|other| other.hash);
        let other = other.as_ref().map(|hash| hash.as_slice());
        let parameters: [&(dyn ToSql + Sync); 6] = [
            &first.handle.as_slice(),
            &first.hash.as_slice(),
            &successor.hash.as_slice(),
            &other,
            &ADMIN_KEY,
            &MARK.as_slice(),
        ];
        let statement =
            "select exchange_token($1, $2, true, $3, $4, 'k', gen_random_uuid(), $5, $6, null)";
        db.answer(statement, &parameters).await
    };
    let repeated = exchange(anew, Some(second)).await;
    assert_eq!(repeated["outcome"], "GRANTED");
    assert_eq!(repeated["other"], true);
    // It cannot be made again; the session goes on.
    assert_eq!(exchange(anew, None).await["outcome"], "UNKNOWN");
    assert_eq!(exchange(second, None).await["other"], false);
    db.rotated(second).await;
}

#[tokio::test]
async fn a_key_can_be_used_for_one_token_of_a_user() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let first = db.session(user).await;
    let second = first.next();
    db.refresh_as(first, second, Some("k"), MARK).await;
    let reused = db.refresh_as(second, second.next(), Some("k"), MARK).await;
    assert_eq!(reused["outcome"], "KEY_REUSED");
    let elsewhere = db.session(user).await;
    let reused = db
        .refresh_as(elsewhere, elsewhere.next(), Some("k"), MARK)
        .await;
    assert_eq!(reused["outcome"], "KEY_REUSED");
    // The tokens are still valid, and other users can use the same key.
    db.rotated(second).await;
    db.rotated(elsewhere).await;
    let other = db.user("b@example.com").await;
    let token = db.session(other).await;
    let granted = db.refresh_as(token, token.next(), Some("k"), MARK).await;
    assert_eq!(granted["outcome"], "GRANTED");
    // After a day the key can be used again.
    db.0.run("update rotations set at = at - interval '25 hours'")
        .await;
    let token = db.session(user).await;
    let granted = db.refresh_as(token, token.next(), Some("k"), MARK).await;
    assert_eq!(granted["outcome"], "GRANTED");
}

#[tokio::test]
async fn sessions_end_after_30_days_without_use_and_after_90_days_at_the_latest() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let mut token = db.session(user).await;
    let left =
        "select to_jsonb(round(extract(epoch from expires_at - now()) / 86400)) from sessions";
    assert_eq!(db.answer(left, &[]).await, 30);
    db.0.run("update sessions set created_at = created_at - interval '80 days'")
        .await;
    token = db.rotated(token).await;
    assert_eq!(db.answer(left, &[]).await, 10);
    db.0.run("update sessions set expires_at = now()").await;
    assert_eq!(db.refresh(token, token.next()).await["outcome"], "EXPIRED");
    assert_eq!(db.0.rows_in("sessions").await, 0);

    // Expired sessions are deleted when others begin.
    for _ in 0..7 {
        db.session(user).await;
    }
    db.0.run("update sessions set expires_at = now() - interval '1 second'")
        .await;
    db.session(user).await;
    assert_eq!(db.0.rows_in("sessions").await, 3);
    db.session(user).await;
    assert_eq!(db.0.rows_in("sessions").await, 2);
}

#[tokio::test]
async fn a_login_that_runs_twice_begins_one_session() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let (session, access, token) = (Uuid::now_v7(), Uuid::now_v7(), Token::first());
    let subject = random_bytes();
    let parameters: [&(dyn ToSql + Sync); 9] = [
        &Uuid::now_v7(),
        &subject.as_slice(),
        &user,
        &PASSWORD_HASH,
        &ADMIN_KEY,
        &session,
        &token.handle.as_slice(),
        &token.hash.as_slice(),
        &access,
    ];
    let open = "select open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let first = db.answer(open, &parameters).await;
    assert_eq!(db.answer(open, &parameters).await, first);
    assert_eq!(db.0.rows_in("sessions").await, 1);
}

#[tokio::test]
async fn only_a_whole_token_of_a_session_can_end_it() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let second = db.rotated(first).await;
    let end = async |token: Token, genuine: bool| {
        let parameters: [&(dyn ToSql + Sync); 3] =
            [&token.handle.as_slice(), &token.hash.as_slice(), &genuine];
        db.0.execute("select end_session($1, $2, $3)", &parameters)
            .await;
        db.0.rows_in("sessions").await
    };
    assert_eq!(end(Token::first(), true).await, 1);
    assert_eq!(end(second.next(), false).await, 1, "the right handle alone");
    // A token of an earlier key of tokens cannot be told from a forgery, but the living one is known.
    assert_eq!(end(first, false).await, 1);
    assert_eq!(end(second, false).await, 0);
    let other = session_of(&db, "b@example.com").await;
    db.rotated(other).await;
    assert_eq!(end(other, true).await, 0, "a used one");
}

#[tokio::test]
async fn the_release_before_gets_no_exchanged_token_either() {
    let db: Auth = open().await;
    let first = session(&db).await;
    let second = first.next();
    let refresh = async || {
        let parameters: [&(dyn ToSql + Sync); 5] = [
            &first.handle.as_slice(),
            &first.hash.as_slice(),
            &second.hash.as_slice(),
            &ADMIN_KEY,
            &MARK.as_slice(),
        ];
        let statement = "select refresh_session($1, $2, true, $3, 'k', gen_random_uuid(), $4, $5)";
        db.answer(statement, &parameters).await["outcome"].clone()
    };
    assert_eq!(refresh().await, "GRANTED");
    assert_eq!(refresh().await, "GRANTED");
    db.rotated(second).await;
    assert_eq!(refresh().await, "REUSED");
}
