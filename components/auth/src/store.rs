//! The statements. The functions they call are in `migrations/auth`.

use std::collections::BTreeMap;

use serde::Deserialize;
use service::{Database, database::DatabaseError, identity::token::Role};
use spin_sdk::pg::ParameterValue;
use uuid::Uuid;

use crate::domain::{
    administrator::Administrator, keyed_hash::KeyedHash, refresh_token::RefreshToken,
    registration::Registration, signer::Access, user::User,
};

/// Makes a user; `None` when the e-mail is somebody's.
pub async fn register(
    database: &Database,
    registration: &Registration,
    password_hash: String,
) -> Result<Option<User>, DatabaseError> {
    let statement = "select register_user($1, $2, $3, $4)";
    let parameters = [
        Uuid::now_v7().into(),
        registration.email.clone().into(),
        password_hash.into(),
        registration.name.clone().into(),
    ];
    database.json(statement, &parameters).await
}

/// The user with this id, if there is one.
pub async fn user(database: &Database, id: Uuid) -> Result<Option<User>, DatabaseError> {
    let statement = "select user_document(users) from users where id = $1";
    let users = database.json_rows(statement, &[id.into()]).await?;
    Ok(users.into_iter().next())
}

/// A try to log in.
pub struct Attempt {
    pub id: Uuid,
    /// The e-mail and the client's address that it is counted for, as a keyed hash.
    pub subject: [u8; 32],
}

impl Attempt {
    fn parameters(&self) -> [ParameterValue; 2] {
        [self.id.into(), self.subject.to_vec().into()]
    }
}

/// The user who has the e-mail of an attempt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub id: Uuid,
    pub password_hash: String,
}

/// Whether a password may be looked at.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Admission {
    /// It may, and the attempt counts as a failure until it is known to be none.
    Admitted { account: Option<Account> },
    /// Too many have failed; some seconds must pass.
    Locked { retry_after: u32 },
    /// As many as may still fail are under way.
    Busy,
}

/// Asks for an attempt to be admitted.
pub async fn begin_login(
    database: &Database,
    attempt: &Attempt,
    email_key: &str,
) -> Result<Admission, DatabaseError> {
    let statement = "select begin_login($1, $2, $3)";
    let [id, subject] = attempt.parameters();
    let parameters = [id, subject, email_key.to_owned().into()];
    database.json(statement, &parameters).await
}

/// Notes that an admitted attempt failed.
pub async fn fail_login(database: &Database, attempt: &Attempt) -> Result<(), DatabaseError> {
    let statement = "select fail_login($1, $2)";
    database.count(statement, &attempt.parameters()).await?;
    Ok(())
}

/// A session that is about to begin.
pub struct NewSession {
    pub id: Uuid,
    pub token: RefreshToken,
    pub access_id: Uuid,
}

impl NewSession {
    pub fn new(keyed_hash: &KeyedHash) -> Result<Self, getrandom::Error> {
        Ok(Self {
            id: Uuid::now_v7(),
            token: RefreshToken::first(keyed_hash)?,
            access_id: Uuid::now_v7(),
        })
    }

    fn parameters(&self) -> [ParameterValue; 4] {
        [
            self.id.into(),
            self.token.handle_hash().into(),
            self.token.hash().into(),
            self.access_id.into(),
        ]
    }
}

/// What an access token is made of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    user_id: Uuid,
    role: Role,
    access_id: Uuid,
    issued_at: i64,
}

impl From<Grant> for Access {
    fn from(grant: Grant) -> Self {
        Self {
            id: grant.access_id,
            user: grant.user_id,
            role: grant.role,
            issued_at: grant.issued_at,
        }
    }
}

/// Begins a session of a user whose password has this hash; `None` when it has another by now. The
/// attempt and the failures before it are forgotten.
pub async fn open_session(
    database: &Database,
    attempt: &Attempt,
    account: &Account,
    administrator: &Administrator,
    session: &NewSession,
) -> Result<Option<Access>, DatabaseError> {
    let statement = "select open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let mut parameters = Vec::from(attempt.parameters());
    parameters.extend([
        account.id.into(),
        account.password_hash.clone().into(),
        administrator.key().to_owned().into(),
    ]);
    parameters.extend(session.parameters());
    let grant: Option<Grant> = database.json(statement, &parameters).await?;
    Ok(grant.map(Access::from))
}

/// Begins a session of the administrator, whose account is made or promoted when need be;
/// `password_hash` is a hash of the configured password.
pub async fn open_admin_session(
    database: &Database,
    attempt: &Attempt,
    administrator: &Administrator,
    password_hash: String,
    session: &NewSession,
) -> Result<Access, DatabaseError> {
    let statement = "select open_admin_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mut parameters = Vec::from(attempt.parameters());
    parameters.extend([
        Uuid::now_v7().into(),
        administrator.email().to_owned().into(),
        password_hash.into(),
        administrator.mark().into(),
    ]);
    parameters.extend(session.parameters());
    let grant: Grant = database.json(statement, &parameters).await?;
    Ok(grant.into())
}

/// What came of presenting a refresh token.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Refreshed {
    /// It was exchanged for the successor, now or by a request that this one repeats.
    Granted(Grant),
    /// The key was used to exchange another token.
    KeyReused,
    /// It is of no session, or none that this service made.
    Unknown,
    /// It was dead, and its session ended with it.
    Reused {
        user_id: Uuid,
    },
    Expired,
    /// The administrator's password is another one now.
    PasswordChanged,
}

/// An exchange of a refresh token for its successor.
pub struct Exchange {
    pub token: RefreshToken,
    /// Whether this service made the token.
    pub genuine: bool,
    pub successor: RefreshToken,
    pub key: Option<String>,
    /// The id of the access token that goes with the successor.
    pub access_id: Uuid,
}

pub async fn refresh(
    database: &Database,
    exchange: &Exchange,
    administrator: &Administrator,
) -> Result<Refreshed, DatabaseError> {
    let statement = "select refresh_session($1, $2, $3, $4, $5, $6, $7, $8)";
    let parameters = [
        exchange.token.handle_hash().into(),
        exchange.token.hash().into(),
        exchange.genuine.into(),
        exchange.successor.hash().into(),
        exchange.key.clone().into(),
        exchange.access_id.into(),
        administrator.key().to_owned().into(),
        administrator.mark().into(),
    ];
    database.json(statement, &parameters).await
}

/// Ends the session that a token is of, if there is one.
pub async fn close_session(database: &Database, token: &RefreshToken) -> Result<(), DatabaseError> {
    let statement = "select close_session($1)";
    database
        .count(statement, &[token.handle_hash().into()])
        .await?;
    Ok(())
}

/// Everything in numbers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// By role.
    pub users: BTreeMap<String, f64>,
    /// Sessions that have not ended.
    pub sessions: f64,
    /// Failures that count just now.
    pub failed_logins: f64,
    /// E-mails and client addresses that have to wait.
    pub locked_logins: f64,
}

pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    database.json("select totals()", &[]).await
}
