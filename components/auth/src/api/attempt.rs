//! Attempts with a password, for logins and changes of the password: they are counted, limited, and take the same time
//! whether or not there is an account.

use std::time::Duration;

use http::HeaderMap;
use service::{Problem, telemetry::TaskContext};

use crate::{
    api::{
        client_address::client_network,
        hash_turn::{too_busy, wait_for_turn},
        response::{too_many, unauthorized},
    },
    domain::{
        email,
        login::{Account, Admission, Attempt},
        opaque_string::GivenPassword,
        password,
    },
    state::Auth,
    store,
};

/// How long an attempt waits while too many others are in progress, and how often it asks again.
const ADMISSION_TIMEOUT: Duration = Duration::from_secs(10);
const ADMISSION_INTERVAL: Duration = Duration::from_millis(50);

/// An attempt whose password may be checked now.
pub struct Admitted {
    pub attempt: Attempt,
    /// The user with the e-mail, if there is one.
    pub account: Option<Account>,
}

/// Counts an attempt with this e-mail, and waits until so many passwords may be hashed for it. Fails with 429 after too
/// many failures, and with 503 while too many passwords wait.
pub async fn admit(
    auth: &Auth,
    headers: &HeaderMap,
    email: &str,
    hashes: i32,
) -> Result<Admitted, Problem> {
    let email_key = email::key(email);
    let network = client_network(headers, auth.proxy_header());
    let attempt = Attempt::new(&auth.keyed_hashes().current, &email_key, network);
    let database = auth.service().database();
    let mut waited = Duration::ZERO;
    loop {
        match store::begin_login(database, &attempt, auth.limits(), &email_key, hashes).await? {
            Admission::Admitted { account, wait_ms } => {
                wait_for_turn(wait_ms).await;
                return Ok(Admitted { attempt, account });
            }
            Admission::Locked { retry_after } => return Err(too_many(retry_after)),
            Admission::Crowded => return Err(too_busy()),
            Admission::Busy if waited >= ADMISSION_TIMEOUT => return Err(too_many(1)),
            Admission::Busy => {
                spin_sdk::time::sleep(ADMISSION_INTERVAL).await;
                TaskContext::wanted_wait_ended();
                waited += ADMISSION_INTERVAL;
            }
        }
    }
}

/// The account, if this is its password.
pub fn verified(
    password: &GivenPassword,
    account: Option<Account>,
) -> Result<Option<Account>, Problem> {
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.as_str());
    let right = password::verify(password, hash).map_err(Problem::internal)?;
    Ok(account.filter(|_| right))
}

/// Records that the attempt failed. Returns 401.
pub async fn fail(auth: &Auth, attempt: &Attempt) -> Result<Problem, Problem> {
    store::fail_login(auth.service().database(), attempt).await?;
    Ok(unauthorized(
        "INVALID_CREDENTIALS",
        "No user has this e-mail and password.",
    ))
}
