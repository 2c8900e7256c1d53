//! `/api/auth/login`.
//!
//! A failed login takes the same steps for any reason: the attempt is counted, one password hash is made, and
//! the failure is recorded. So the response time does not reveal whether an e-mail is registered.

use std::time::Duration;

use axum::{extract::State, response::IntoResponse};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use service::{Database, Json, Problem, web::problem::ProblemDocument};

use crate::{
    api::{
        client_address::client_network,
        credentials::Credentials,
        response::{NO_STORE, unauthorized},
        token_pair::TokenPair,
    },
    domain::{
        access::Access,
        email,
        login::{Account, Admission, Attempt},
        password,
        session::NewSession,
    },
    state::Auth,
    store,
};

/// How long an attempt waits while too many others are in progress, and how often it asks again.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(10);
const ADMISSION_INTERVAL: Duration = Duration::from_millis(50);

/// Log in
///
/// After 5 failures within 15 minutes with one e-mail from one client address (of IPv6, from one /64
/// network) no further password is checked until the first of them is 15 minutes old. A success
/// clears the failures before it.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    operation_id = "login",
    request_body = Credentials,
    responses(
        (status = 200, description = "A new pair of tokens.", body = TokenPair),
        (status = 401, description = "`INVALID_CREDENTIALS`: no user has this e-mail and password.",
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
    let network = client_network(&headers, auth.proxy_header());
    let attempt = Attempt::new(auth.keyed_hash(), &email_key, network);
    let database = auth.service().database();
    let account = admitted(database, &attempt, &email_key).await?;
    let session = NewSession::new(auth.keyed_hash()).map_err(Problem::internal)?;
    let access = if auth.administrator().has_email(&credentials.email) {
        open_admin_session(&auth, &credentials.password, &attempt, &session).await?
    } else {
        open_session(&auth, &credentials.password, account, &attempt, &session).await?
    };
    match access {
        Some(access) => {
            let pair = TokenPair::issue(&auth, &access, &session.token)?;
            Ok(([NO_STORE], axum::Json(pair)))
        }
        None => {
            store::fail_login(database, &attempt).await?;
            Err(unauthorized(
                "INVALID_CREDENTIALS",
                "No user has this e-mail and password.",
            ))
        }
    }
}

/// Waits until the attempt is admitted. Returns the user with its e-mail, if there is one.
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
            Admission::Busy if waited >= ADMISSION_TIMEOUT => return Err(too_many(1)),
            Admission::Busy => {
                spin_sdk::time::sleep(ADMISSION_INTERVAL).await;
                waited += ADMISSION_INTERVAL;
            }
        }
    }
}

/// Begins a session of the administrator, whose password is a variable. A hash is made in any case: for equal
/// response times, and for the account, which keeps a hash of the current password.
async fn open_admin_session(
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

/// Begins a session of any other user, if the password is right.
async fn open_session(
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
    fn a_locked_login_has_retry_after() {
        let problem = too_many(61);
        assert_eq!(problem.status, 429);
        assert!(
            problem
                .headers
                .contains(&(header::RETRY_AFTER, "61".parse().unwrap()))
        );
    }
}
