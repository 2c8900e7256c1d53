//! The statements. The functions that they call are in `migrations/auth/functions`.

use service::{Database, database::DatabaseError};
use spin_sdk::pg::ParameterValue;
use uuid::Uuid;

use crate::domain::{
    access::Access,
    administrator::Administrator,
    email,
    limits::Limits,
    login::{Account, Admission, Attempt, RegistrationAdmission},
    refresh_token::RefreshToken,
    registration::Registration,
    session::{Exchange, ExchangeOutcome, NewSession},
    totals::Totals,
    user::User,
};

/// How long a request waits for its turn to hash a password, in milliseconds. Beyond that it is refused at once.
const LONGEST_HASH_WAIT_MS: i32 = 5_000;

/// Makes a user; `None` when the e-mail is taken.
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

/// Asks whether the password of an attempt may be checked.
///
/// `hashes` is how many passwords the attempt hashes.
pub async fn begin_login(
    database: &Database,
    attempt: &Attempt,
    limits: &Limits,
    email_key: &str,
    hashes: i32,
) -> Result<Admission, DatabaseError> {
    let statement = "select begin_counted_login($1, $2, $3, $4, $5, $6, $7, $8)";
    let [id, subject] = attempt_parameters(attempt);
    let parameters = [
        id,
        subject,
        attempt.address.to_vec().into(),
        limits.login_failures.into(),
        email_key.to_owned().into(),
        hashes.into(),
        limits.hashes_per_second.into(),
        LONGEST_HASH_WAIT_MS.into(),
    ];
    database.json(statement, &parameters).await
}

/// Asks whether another user may be registered from an address.
pub async fn begin_registration(
    database: &Database,
    address: &[u8; 32],
    limits: &Limits,
) -> Result<RegistrationAdmission, DatabaseError> {
    let statement = "select begin_registration($1, $2, $3, $4, $5)";
    let parameters = [
        Uuid::now_v7().into(),
        address.to_vec().into(),
        limits.registrations.into(),
        limits.hashes_per_second.into(),
        LONGEST_HASH_WAIT_MS.into(),
    ];
    database.json(statement, &parameters).await
}

/// Whether a user has this e-mail.
pub async fn has_email(database: &Database, email: &str) -> Result<bool, DatabaseError> {
    let statement = "select id from users where email_key = $1";
    let found = database
        .count(statement, &[email::key(email).into()])
        .await?;
    Ok(found > 0)
}

/// Records that an admitted attempt failed.
pub async fn fail_login(database: &Database, attempt: &Attempt) -> Result<(), DatabaseError> {
    let statement = "select fail_login($1, $2)";
    database
        .count(statement, &attempt_parameters(attempt))
        .await?;
    Ok(())
}

/// Begins a session of the account; `None` when its password has changed meanwhile. Ends the attempt, and deletes the
/// failures before it.
pub async fn open_session(
    database: &Database,
    attempt: &Attempt,
    account: &Account,
    administrator: &Administrator,
    session: &NewSession,
) -> Result<Option<Access>, DatabaseError> {
    let statement = "select open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let mut parameters = Vec::from(attempt_parameters(attempt));
    parameters.extend([
        account.id.into(),
        account.password_hash.clone().into(),
        administrator.key().to_owned().into(),
    ]);
    parameters.extend(session_parameters(session));
    database.json(statement, &parameters).await
}

/// Begins a session of the administrator. The account is created or promoted if needed. `password_hash` is a
/// hash of the configured password. `None` when the statement ran twice, and the session ended in between.
pub async fn open_admin_session(
    database: &Database,
    attempt: &Attempt,
    administrator: &Administrator,
    password_hash: String,
    session: &NewSession,
) -> Result<Option<Access>, DatabaseError> {
    let statement =
        "select open_administrator_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let mut parameters = Vec::from(attempt_parameters(attempt));
    parameters.extend([
        Uuid::now_v7().into(),
        administrator.email().to_owned().into(),
        password_hash.into(),
        administrator.mark().into(),
        administrator.other_mark().into(),
    ]);
    parameters.extend(session_parameters(session));
    database.json(statement, &parameters).await
}

/// Exchanges a refresh token for its successor.
pub async fn refresh(
    database: &Database,
    exchange: &Exchange,
    administrator: &Administrator,
) -> Result<ExchangeOutcome, DatabaseError> {
    let statement = "select exchange_token($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let other_successor = exchange.other_successor.as_ref();
    let parameters = [
        exchange.token.handle_hash().into(),
        exchange.token.hash().into(),
        exchange.genuine.into(),
        exchange.successor.hash().into(),
        other_successor.map(RefreshToken::hash).into(),
        exchange.key.clone().into(),
        exchange.access_id.into(),
        administrator.key().to_owned().into(),
        administrator.mark().into(),
        administrator.other_mark().into(),
    ];
    database.json(statement, &parameters).await
}

/// Ends the session of a token, if it is a whole token of one; `genuine` as in [`Exchange`].
pub async fn end_session(
    database: &Database,
    token: &RefreshToken,
    genuine: bool,
) -> Result<(), DatabaseError> {
    let statement = "select end_session($1, $2, $3)";
    let parameters = [
        token.handle_hash().into(),
        token.hash().into(),
        genuine.into(),
    ];
    database.count(statement, &parameters).await?;
    Ok(())
}

/// Ends every session of a user.
pub async fn end_sessions(database: &Database, user: Uuid) -> Result<(), DatabaseError> {
    let statement = "select end_sessions($1, $2)";
    // The ending's own id: it is made once.
    let parameters = [Uuid::now_v7().into(), user.into()];
    database.count(statement, &parameters).await?;
    Ok(())
}

/// Replaces the password of the account, and ends its sessions but the one of this access token. False when the
/// password has changed meanwhile.
pub async fn change_password(
    database: &Database,
    attempt: &Attempt,
    account: &Account,
    new_hash: String,
    access_id: Uuid,
) -> Result<bool, DatabaseError> {
    let statement = "select change_password($1, $2, $3, $4, $5, $6)";
    let mut parameters = Vec::from(attempt_parameters(attempt));
    parameters.extend([
        account.id.into(),
        account.password_hash.clone().into(),
        new_hash.into(),
        access_id.into(),
    ]);
    database.json(statement, &parameters).await
}

pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    database.totals().await
}

fn attempt_parameters(attempt: &Attempt) -> [ParameterValue; 2] {
    [attempt.id.into(), attempt.subject.to_vec().into()]
}

fn session_parameters(session: &NewSession) -> [ParameterValue; 4] {
    [
        session.id.into(),
        session.token.handle_hash().into(),
        session.token.hash().into(),
        session.access_id.into(),
    ]
}
