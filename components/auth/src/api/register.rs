//! `/api/auth/register`.
//!
//! A taken e-mail takes the same steps as the administrator's, so that the response time does not reveal which is his.

use axum::{extract::State, response::IntoResponse};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use service::{
    Json, Problem,
    web::{problem::ProblemDocument, rule},
};

use crate::{
    api::{
        client_address::client_network,
        hash_turn::{too_busy, wait_for_turn},
        response::too_many,
    },
    domain::{
        client_network, email, login::RegistrationAdmission, opaque_string::NewPassword, password,
        registration::Registration, user::User,
    },
    state::Auth,
    store,
};

/// Register
///
/// Creates an account. Log in to get tokens. The registrations of a client address (of IPv6, of a /64 network) are limited.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "auth",
    operation_id = "register",
    request_body = Registration,
    responses(
        (status = 201, description = "The new user.", body = User),
        (status = 409, description = "`EMAIL_TAKEN`: another account has this e-mail.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`TOO_MANY_ATTEMPTS`: wait as long as `Retry-After` says.",
            body = ProblemDocument, content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds."))),
        (status = 503, description = "`TOO_BUSY`: too many passwords are being hashed at present.",
            body = ProblemDocument, content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds."))),
    )
)]
pub async fn register(
    State(auth): State<Auth>,
    headers: HeaderMap,
    json: Json,
) -> Result<impl IntoResponse, Problem> {
    let registration = json.read(|form| Registration {
        email: form.required("email", email_address),
        password: form.required("password", NewPassword::rule),
        name: form.optional("name", rule::text(1..=200)),
    })?;
    let database = auth.service().database();
    let network = client_network(&headers, auth.proxy_header());
    let address = client_network::hash(&auth.keyed_hashes().current, network);
    match store::begin_registration(database, &address, auth.limits()).await? {
        RegistrationAdmission::Admitted { wait_ms } => wait_for_turn(wait_ms).await,
        RegistrationAdmission::Crowded => return Err(too_busy()),
        RegistrationAdmission::Locked { retry_after } => return Err(too_many(retry_after)),
    }
    let hash = password::hash(&registration.password).map_err(Problem::internal)?;
    let user = if auth.administrator().has_email(&registration.email) {
        // The account may not exist yet, and is not made here. The question takes the place of the other statement.
        store::has_email(database, &registration.email).await?;
        None
    } else {
        store::register(database, &registration, hash).await?
    };
    let user = user.ok_or_else(email_taken)?;
    Ok((StatusCode::CREATED, axum::Json(user)))
}

fn email_address(value: &Value) -> Result<String, String> {
    let email = rule::string(value)?;
    if email::is_address(email) {
        Ok(email.to_owned())
    } else {
        Err("Must be an e-mail address, such as name@example.com.".into())
    }
}

fn email_taken() -> Problem {
    Problem::conflict("EMAIL_TAKEN", "Another account has this e-mail.")
}
