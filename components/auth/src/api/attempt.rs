//! Attempts with a password, for logins and changes of the password: they are counted, limited, and take the same time
//! whether or not there is an account.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use service::Problem;

use crate::{
    api::{
        client_address::client_network,
        hash_turn::{check_queue, hash_turn},
        response::unauthorized,
    },
    domain::{
        email,
        hash_queue::Turn,
        login::{Account, Admission, Attempt},
    },
    state::Auth,
    store,
};

/// How long an attempt waits while too many others are in progress, and how often it asks again.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(10);
const ADMISSION_INTERVAL: Duration = Duration::from_millis(50);

/// An attempt whose password may be checked, and whose turn it is.
pub struct Admitted {
    pub attempt: Attempt,
    /// The user with the e-mail, if there is one.
    pub account: Option<Account>,
    pub turn: Turn,
}

/// Counts an attempt with this e-mail, and waits until its password may be checked. Fails with 429 after too many
/// failures, and with 503 while too many passwords are being checked.
pub async fn admit(auth: &Auth, headers: &HeaderMap, email: &str) -> Result<Admitted, Problem> {
    check_queue(auth)?;
    let email_key = email::key(email);
    let network = client_network(headers, auth.proxy_header());
    let attempt = Attempt::new(&auth.keyed_hashes().current, &email_key, network);
    let account = admitted(auth, &attempt, &email_key).await?;
    match hash_turn(auth).await {
        Ok(turn) => Ok(Admitted {
            attempt,
            account,
            turn,
        }),
        Err(problem) => {
            store::withdraw_login(auth.service().database(), &attempt).await?;
            Err(problem)
        }
    }
}

/// Records that the attempt failed. Returns 401.
pub async fn fail(auth: &Auth, attempt: &Attempt) -> Result<Problem, Problem> {
    store::fail_login(auth.service().database(), attempt).await?;
    Ok(unauthorized(
        "INVALID_CREDENTIALS",
        "No user has this e-mail and password.",
    ))
}

/// Waits until the attempt is admitted. Returns the user with its e-mail, if there is one.
async fn admitted(
    auth: &Auth,
    attempt: &Attempt,
    email_key: &str,
) -> Result<Option<Account>, Problem> {
    let database = auth.service().database();
    let allowed = auth.limits().login_failures;
    let mut waited = Duration::ZERO;
    loop {
        match store::begin_login(database, attempt, allowed, email_key).await? {
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

/// 429.
pub fn too_many(retry_after: u32) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "TOO_MANY_ATTEMPTS",
        format!("Too many attempts; try again in {retry_after} s."),
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
