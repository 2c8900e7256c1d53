//! A change of the password, and the end of every session.

use serde_json::json;
use sql_tests::open;
use uuid::Uuid;

use super::{Auth, PASSWORD_HASH, Token, random_bytes};

const NEW: &str = "$argon2id$of another password";

async fn change(db: &Auth, user: Uuid, old: &str, access: Uuid) -> serde_json::Value {
    change_as(db, Uuid::now_v7(), user, old, access).await
}

async fn change_as(
    db: &Auth,
    attempt: Uuid,
    user: Uuid,
    old: &str,
    access: Uuid,
) -> serde_json::Value {
    db.answer(
        "select change_password($1, $2, $3, $4, $5, $6)",
        &[
            &attempt,
            &random_bytes().as_slice(),
            &user,
            &old,
            &NEW,
            &access,
        ],
    )
    .await
}

/// A session of the user: its token, and its first access token's id.
async fn session(db: &Auth, user: Uuid) -> (Token, Uuid) {
    let (token, access) = (Token::first(), Uuid::now_v7());
    db.open_with(Uuid::now_v7(), &random_bytes(), user, token, access)
        .await;
    (token, access)
}

#[tokio::test]
async fn the_other_sessions_end_with_the_old_password() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let (other, _) = session(&db, user).await;
    let (own, access) = session(&db, user).await;
    let (stranger, _) = session(&db, db.user("b@example.com").await).await;
    let attempt = Uuid::now_v7();
    // The second time stands for a first answer that was lost.
    for _ in 0..2 {
        let changed = change_as(&db, attempt, user, PASSWORD_HASH, access).await;
        assert_eq!(changed, json!(true));
    }
    assert_eq!(db.refresh(other, other.next()).await["outcome"], "UNKNOWN");
    db.rotated(own).await;
    db.rotated(stranger).await;
    let hash = "select to_jsonb(password_hash) from users where id = $1";
    assert_eq!(db.answer(hash, &[&user]).await, json!(NEW));
}

#[tokio::test]
async fn a_session_is_known_by_its_later_access_tokens_too() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let (first, _) = session(&db, user).await;
    let second = first.next();
    let granted = db.refresh(first, second).await;
    let access: Uuid = granted["accessId"].as_str().unwrap().parse().unwrap();
    let third = db.rotated(second).await;
    assert_eq!(change(&db, user, PASSWORD_HASH, access).await, json!(true));
    db.rotated(third).await;
}

#[tokio::test]
async fn a_password_that_changed_meanwhile_stays() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let (token, access) = session(&db, user).await;
    let changed = change(&db, user, "$argon2id$an older one", access).await;
    assert_eq!(changed, json!(false));
    db.rotated(token).await;
}

#[tokio::test]
async fn every_session_of_a_user_can_end_at_once() {
    let db: Auth = open().await;
    let user = db.user("a@example.com").await;
    let (one, _) = session(&db, user).await;
    session(&db, user).await;
    let (stranger, _) = session(&db, db.user("b@example.com").await).await;
    let end = "select end_sessions(gen_random_uuid(), $1)";
    db.0.execute(end, &[&user]).await;
    assert_eq!(db.refresh(one, one.next()).await["outcome"], "UNKNOWN");
    db.rotated(stranger).await;
}
