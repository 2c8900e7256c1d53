//! Whom the configuration makes administrator, and what becomes of the others.

use super::{ADMIN, Auth, MARK, Token, auth};

const HASH: &str = "$argon2id$of the configured password";
const NEW_MARK: [u8; 32] = [2; 32];

async fn admin_session(db: &Auth) -> Token {
    let token = Token::first();
    assert_eq!(db.open_admin(MARK, HASH, token).await["role"], "ADMIN");
    token
}

#[tokio::test]
async fn the_account_is_made_once_and_kept() {
    let db = auth().await;
    let token = admin_session(&db).await;
    admin_session(&db).await;
    assert_eq!(db.count("users").await, 1);
    assert_eq!(db.role(ADMIN).await, "ADMIN");
    let next = token.next();
    assert_eq!(db.refresh(token, next).await["role"], "ADMIN");
    db.rotated(next).await;
}

#[tokio::test]
async fn a_customer_with_the_email_is_promoted_and_loses_the_old_tokens() {
    let db = auth().await;
    let user = db.user("ADMIN@example.com").await;
    let (old, older) = (db.session(user).await, db.session(user).await);
    let token = Token::first();
    let grant = db.open_admin(MARK, HASH, token).await;
    assert_eq!(grant["userId"], user.to_string());
    assert_eq!(grant["role"], "ADMIN");
    assert_eq!(db.refresh(old, old.next()).await["outcome"], "UNKNOWN");
    assert_eq!(db.refresh(older, older.next()).await["outcome"], "UNKNOWN");
    db.rotated(token).await;
    // The customer's own password is no more.
    let opened = db
        .open_as(uuid::Uuid::now_v7(), &[0; 32], user, Token::first())
        .await;
    assert!(opened.is_null());
}

#[tokio::test]
async fn a_changed_password_revokes_at_the_next_login() {
    let db = auth().await;
    let token = admin_session(&db).await;
    db.open_admin(NEW_MARK, "$argon2id$new", Token::first())
        .await;
    let refreshed = db.refresh_as(token, token.next(), None, NEW_MARK).await;
    assert_eq!(refreshed["outcome"], "UNKNOWN");
    let hash: String =
        db.0.query_one("select password_hash from users", &[])
            .await
            .unwrap()
            .get(0);
    assert_eq!(hash, "$argon2id$new");
}

#[tokio::test]
async fn a_changed_password_revokes_even_before_the_next_login() {
    let db = auth().await;
    let (token, other) = (admin_session(&db).await, admin_session(&db).await);
    let refreshed = db.refresh_as(token, token.next(), None, NEW_MARK).await;
    assert_eq!(refreshed["outcome"], "PASSWORD_CHANGED");
    let refreshed = db.refresh_as(other, other.next(), None, MARK).await;
    assert_eq!(refreshed["outcome"], "UNKNOWN");
}

#[tokio::test]
async fn any_other_admin_is_a_customer_from_the_next_login_or_refresh_on() {
    let db = auth().await;
    let user = db.user("old@example.com").await;
    let token = db.session(user).await;
    db.run("update users set role = 'ADMIN'").await;
    let next = token.next();
    assert_eq!(db.refresh(token, next).await["role"], "CUSTOMER");
    assert_eq!(db.role("old@example.com").await, "CUSTOMER");
    db.rotated(next).await;

    db.run("update users set role = 'ADMIN'").await;
    let grant = db
        .open_as(uuid::Uuid::now_v7(), &[0; 32], user, Token::first())
        .await;
    assert_eq!(grant["role"], "CUSTOMER");
    assert_eq!(db.role("old@example.com").await, "CUSTOMER");
}

#[tokio::test]
async fn an_administrator_who_is_none_any_more_comes_back_by_logging_in_only() {
    let db = auth().await;
    let token = admin_session(&db).await;
    let next = token.next();
    // The configuration names somebody else for a while.
    let refreshed = db
        .answer(
            "select refresh_session($1, $2, true, $3, null, gen_random_uuid(), 'new@example.com', $4)",
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
