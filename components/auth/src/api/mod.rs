//! The handlers, a file for each resource.

pub mod jwks;
pub mod login;
pub mod logout;
pub mod me;
pub mod metrics;
pub mod refresh;
pub mod register;

use http::{HeaderName, HeaderValue, StatusCode, header};
use service::Problem;
use utoipa::OpenApi;

/// What the API document says of auth.
#[derive(OpenApi)]
#[openapi(
    paths(
        register::register,
        login::login,
        refresh::refresh,
        logout::logout,
        me::show,
        jwks::show
    ),
    tags((name = "auth", description = "Accounts and the tokens that say who is calling."))
)]
pub struct ApiDoc;

/// Tokens are for their client alone (RFC 6749, 5.1).
const NOT_STORED: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// 401 with a code of its own.
fn refused(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}
