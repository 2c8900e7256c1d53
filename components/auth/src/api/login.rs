//! `/api/auth/login`.
//!
//! Whatever is wrong, the same things are done: the attempt is counted, one password hash is made, the
//! failure is noted. So the time of an answer does not tell whether an e-mail is somebody's.

use std::{net::IpAddr, time::Duration};

use axum::{extract::State, response::IntoResponse};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use service::{Database, Json, Problem, web::problem::ProblemDocument};
use uuid::Uuid;

use crate::{
    api::{NOT_STORED, refused},
    domain::{
        credentials::Credentials,
        email,
        keyed_hash::{KeyedHash, Purpose},
        password,
        signer::Access,
        token_pair::TokenPair,
    },
    state::Auth,
    store::{self, Account, Admission, Attempt, NewSession},
};

/// How long an attempt waits for those that are under way, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);

/// Log in
///
/// After 5 failures within 15 minutes with one e-mail from one client address (of IPv6, from one /64
/// network) no further password is looked at until the first of them is 15 minutes old. A success
/// forgets the failures before it.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    operation_id = "login",
    request_body = Credentials,
    responses(
        (status = 200, description = "A new pair of tokens.", body = TokenPair),
        (status = 401, description = "`INVALID_CREDENTIALS`: nobody has this e-mail and password.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`TOO_MANY_ATTEMPTS`: wait as long as `Retry-After` says.",
            body = ProblemDocument, content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds."))),
    )
)]
pub async fn login(
    State(auth): State<Auth>,
    headers: HeaderMap,
    json: Json,
) -> Result<impl IntoResponse, Problem> {
    let credentials = Credentials::read(&json)?;
    let email_key = email::key(&credentials.email);
    let attempt = Attempt {
        id: Uuid::now_v7(),
        subject: subject(auth.keyed_hash(), &email_key, auth.client_address(&headers)),
    };
    let database = auth.service().database();
    let account = admitted(database, &attempt, &email_key).await?;
    let session = NewSession::new(auth.keyed_hash()).map_err(Problem::internal)?;
    let access = if auth.administrator().has_email(&credentials.email) {
        open_administrators(&auth, &credentials.password, &attempt, &session).await?
    } else {
        open(&auth, &credentials.password, account, &attempt, &session).await?
    };
    match access {
        Some(access) => {
            let pair = auth.pair(&access, &session.token)?;
            Ok(([NOT_STORED], axum::Json(pair)))
        }
        None => {
            store::fail_login(database, &attempt).await?;
            Err(refused(
                "INVALID_CREDENTIALS",
                "Nobody has this e-mail and password.",
            ))
        }
    }
}

/// What failures are counted for. Its hash is kept, since neither part is anybody's business.
fn subject(keyed_hash: &KeyedHash, email_key: &str, address: Option<IpAddr>) -> [u8; 32] {
    let address = address.map_or_else(String::new, |address| address.to_string());
    keyed_hash.of(
        Purpose::LoginSubject,
        &[email_key.as_bytes(), address.as_bytes()],
    )
}

/// Waits until the attempt may go on; the user with its e-mail, if there is one.
async fn admitted(
    database: &Database,
    attempt: &Attempt,
    email_key: &str,
) -> Result<Option<Account>, Problem> {
    let mut waited = Duration::ZERO;
    loop {
        match store::begin_login(database, attempt, email_key).await? {
            Admission::Admitted { account } => return Ok(account),
            Admission::Locked { retry_after } => return Err(too_many(retry_after)),
            Admission::Busy if waited >= PATIENCE => return Err(too_many(1)),
            Admission::Busy => {
                spin_sdk::time::sleep(LOOK).await;
                waited += LOOK;
            }
        }
    }
}

/// The administrator's password is the configuration's, not the account's. The one hash is made all
/// the same: it takes the time, and it is what the account keeps when the password has changed.
async fn open_administrators(
    auth: &Auth,
    password: &str,
    attempt: &Attempt,
    session: &NewSession,
) -> Result<Option<Access>, Problem> {
    let hash = password::hash(password).map_err(Problem::internal)?;
    if !auth
        .administrator()
        .has_password(password, auth.keyed_hash())
    {
        return Ok(None);
    }
    let database = auth.service().database();
    let access =
        store::open_admin_session(database, attempt, auth.administrator(), hash, session).await?;
    Ok(Some(access))
}

async fn open(
    auth: &Auth,
    password: &str,
    account: Option<Account>,
    attempt: &Attempt,
    session: &NewSession,
) -> Result<Option<Access>, Problem> {
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.as_str());
    let right = password::verify(password, hash).map_err(Problem::internal)?;
    match account {
        Some(account) if right => {
            let database = auth.service().database();
            let opened =
                store::open_session(database, attempt, &account, auth.administrator(), session);
            Ok(opened.await?)
        }
        _ => Ok(None),
    }
}

fn too_many(retry_after: u32) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "TOO_MANY_ATTEMPTS",
        format!("Too many attempts with this e-mail; try again in {retry_after} s."),
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_for_email_and_address_together() {
        let hash = KeyedHash::new(b"key").unwrap();
        let of = |email, address: &str| subject(&hash, email, address.parse().ok());
        assert_eq!(of("a@b.c", "10.0.0.1"), of("a@b.c", "10.0.0.1"));
        assert_ne!(of("a@b.c", "10.0.0.1"), of("a@b.c", "10.0.0.2"));
        assert_ne!(of("a@b.c", "10.0.0.1"), of("d@b.c", "10.0.0.1"));
        assert_ne!(of("a@b.c", "10.0.0.1"), of("a@b.c", ""));
    }

    #[test]
    fn who_is_locked_out_is_told_for_how_long() {
        let problem = too_many(61);
        assert_eq!(problem.status, 429);
        assert!(
            problem
                .headers
                .contains(&(header::RETRY_AFTER, "61".parse().unwrap()))
        );
    }
}
