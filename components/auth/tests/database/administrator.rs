//! The administrator of the configuration, and former administrators.

use sql_tests::open;

use super::{ADMIN, Auth, MARK, Token};

const HASH: &str = "$argon2id$of the configured password";
const NEW_MARK: [u8; 32] = [2; 32];

async fn admin_session(db: &Auth) -> Token {
    let token = Token::first();
    assert_eq!(db.open_admin(MARK, HASH, token).await["role"], "ADMIN");
    token
}

#[tokio::test]
async fn the_account_is_created_once() {
    let db: Auth = open().await;
    let token = admin_session(&db).await;
    admin_session(&db).await;
    assert_eq!(db.0.rows_in("users").await, 1);
    assert_eq!(db.role(ADMIN).await, "ADMIN");
    let next = token.next();
    assert_eq!(db.refresh(token, next).await["role"], "ADMIN");
    db.rotated(next).await;
}

#[tokio::test]
async fn a_customer_with_the_email_is_promoted_and_the_old_sessions_end() {
    let db: Auth = open().await;
    let user = db.user("ADMIN@example.com").await;
    let (old, older) = (db.session(user).await, db.session(user).await);
    let token = Token::first();
    let grant = db.open_admin(MARK, HASH, token).await;
    assert_eq!(grant["userId"], user.to_string());
    assert_eq!(grant["role"], "ADMIN");
    assert_eq!(db.refresh(old, old.next()).await["outcome"], "UNKNOWN");
    assert_eq!(db.refresh(older, older.next()).await["outcome"], "UNKNOWN");
    db.rotated(token).await;
    // The customer's own password is no longer valid.
    let opened = db
        .open_as(uuid::Uuid::now_v7(), &[0; 32], user, Token::first())
        .await;
    assert!(opened.is_null());
}

#[tokio::test]
async fn a_changed_password_ends_sessions_at_the_next_login() {
    let db: Auth = open().await;
    let token = admin_session(&db).await;
    db.open_admin(NEW_MARK, "$argon2id$new", Token::first())
        .await;
    let refreshed = db.refresh_as(token, token.next(), None, NEW_MARK).await;
    assert_eq!(refreshed["outcome"], "UNKNOWN");
    let hash: String = db.0.value("select password_hash from users", &[]).await;
    assert_eq!(hash, "$argon2id$new");
}

#[tokio::test]
async fn a_changed_password_ends_sessions_even_before_the_next_login() {
    let db: Auth = open().await;
    let (token, other) = (admin_session(&db).await, admin_session(&db).await);
    let refreshed = db.refresh_as(token, token.next(), None, NEW_MARK).await;
    assert_eq!(refreshed["outcome"], "PASSWORD_CHANGED");
    let refreshed = db.refresh_as(other, other.next(), None, MARK).await;
    assert_eq!(refreshed["outcome"], "UNKNOWN");
}

#[tokio::test]
async fn any_other_admin_becomes_a_customer_at_the_next_login_or_refresh() {
    let db: Auth = open().await;
    let user = db.user("old@example.com").await;
    let token = db.session(user).await;
    db.0.run("update users set role = 'ADMIN'").await;
    let next = token.next();
    assert_eq!(db.refresh(token, next).await["role"], "CUSTOMER");
    assert_eq!(db.role("old@example.com").await, "CUSTOMER");
    db.rotated(next).await;

    db.0.run("update users set role = 'ADMIN'").await;
    let grant = db
        .open_as(uuid::Uuid::now_v7(), &[0; 32], user, Token::first())
        .await;
    assert_eq!(grant["role"], "CUSTOMER");
    assert_eq!(db.role("old@example.com").await, "CUSTOMER");
}

#[tokio::test]
async fn a_former_administrator_is_promoted_again_only_by_a_login() {
    let db: Auth = open().await;
    let token = admin_session(&db).await;
    let next = token.next();
    // The configuration names another e-mail for a while.
    let refreshed = db
        .answer(
            "select exchange_token($1, $2, true, $3, null, null, gen_random_uuid(), 'new@example.com', $4, null)",
            &[
                &token.handle.as_slice(),
                &token.hash.as_slice(),
                &next.hash.as_slice(),
                &MARK.as_slice(),
            ],
        )
        .await;
    assert_eq!(refreshed["role"], "CUSTOMER");
    let refreshed = db.refresh(next, next.next()).await;
    assert_eq!(refreshed["outcome"], "PASSWORD_CHANGED");
    admin_session(&db).await;
    assert_eq!(db.role(ADMIN).await, "ADMIN");
}

#[tokio::test]
async fn the_mark_under_either_key_is_the_same_password() {
    let db: Auth = open().await;
    let token = admin_session(&db).await;
    // The key of the marks is being replaced: NEW_MARK is of the same password under the other key.
    let (handle, hash, next) = (token.handle, token.hash, token.next());
    let refreshed = db
        .answer(
            "select exchange_token($1, $2, true, $3, null, null, gen_random_uuid(), $4, $5, $6)",
            &[
                &handle.as_slice(),
                &hash.as_slice(),
                &next.hash.as_slice(),
                &super::ADMIN_KEY,
                &NEW_MARK.as_slice(),
                &MARK.as_slice(),
            ],
        )
        .await;
    assert_eq!(refreshed["outcome"], "GRANTED");
    let other = Token::first();
    let opened = db
        .answer(
            "select open_administrator_session(
                gen_random_uuid(), $1, gen_random_uuid(), $2, $3, $4, $5, gen_random_uuid(), $1, $6, gen_random_uuid()
            )",
            &[
                &other.handle.as_slice(),
                &ADMIN,
                &HASH,
                &NEW_MARK.as_slice(),
                &MARK.as_slice(),
                &other.hash.as_slice(),
            ],
        )
        .await;
    assert_eq!(opened["role"], "ADMIN");
    assert_eq!(db.0.rows_in("sessions").await, 2);
}

#[tokio::test]
async fn an_account_without_a_mark_is_never_the_administrators() {
    let db: Auth = open().await;
    let user = db.user(ADMIN).await;
    let token = db.session(user).await;
    let refreshed = db.refresh(token, token.next()).await;
    assert_eq!(refreshed["outcome"], "PASSWORD_CHANGED");
}
