//! `/api/auth/login`.
//!
//! A failed login takes the same steps for any reason: the attempt is counted, its password is compared with a hash, and
//! the failure is recorded. So the response time does not reveal whether an e-mail is registered, or whose it is.

use axum::{extract::State, response::IntoResponse};
use http::HeaderMap;
use service::{Json, Problem, web::problem::ProblemDocument};

use crate::{
    api::{
        attempt::{self, Admitted, verified},
        credentials::Credentials,
        response::NO_STORE,
        token_pair::TokenPair,
    },
    domain::{opaque_string::GivenPassword, password, session::NewSession},
    state::Auth,
    store,
};

/// Log in
///
/// After 5 failures within 15 minutes with one e-mail from one client address (of IPv6, from one /64
/// network) no further password is checked until the first of them is 15 minutes old. A success
/// clears the failures before it. Failures with any e-mail count for the address as well, up to a higher limit.
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
        (status = 503, description = "`TOO_BUSY`: too many passwords are being checked at present.",
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
    let Admitted { attempt, account } =
        attempt::admit(&auth, &headers, &credentials.email, 1).await?;
    let session = NewSession::new(&auth.keyed_hashes().current).map_err(Problem::internal)?;
    let database = auth.service().database();
    let administrator = auth.administrator();
    let access = if administrator.has_email(&credentials.email) {
        match administrators_hash(&auth, &credentials.password)? {
            Some(hash) => {
                let opened =
                    store::open_admin_session(database, &attempt, administrator, hash, &session);
                opened.await?
            }
            None => None,
        }
    } else {
        match verified(&credentials.password, account)? {
            Some(account) => {
                let opened =
                    store::open_session(database, &attempt, &account, administrator, &session);
                opened.await?
            }
            None => None,
        }
    };
    match access {
        Some(access) => {
            let pair = TokenPair::issue(&auth, &access, &session.token)?;
            Ok(([NO_STORE], axum::Json(pair)))
        }
        None => Err(attempt::fail(&auth, &attempt).await?),
    }
}

/// A hash of the administrator's password, which is a variable, if this is the password. It is compared with another
/// hash in any case, for equal response times.
fn administrators_hash(auth: &Auth, password: &GivenPassword) -> Result<Option<String>, Problem> {
    let administrator = auth.administrator();
    password::verify(password, None).map_err(Problem::internal)?;
    let right = administrator.has_password(password, auth.keyed_hashes());
    right
        .then(|| password::hash(administrator.password()).map_err(Problem::internal))
        .transpose()
}
