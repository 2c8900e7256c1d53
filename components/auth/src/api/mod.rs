//! The handlers, one file per resource.

mod attempt;
mod client_address;
mod credentials;
mod hash_turn;
pub mod jwks;
pub mod login;
pub mod logout;
pub mod me;
pub mod metrics;
pub mod password;
pub mod refresh;
pub mod register;
mod response;
mod token_pair;

use utoipa::OpenApi;

/// Auth's part of the API document.
#[derive(OpenApi)]
#[openapi(
    paths(
        register::register,
        login::login,
        refresh::refresh,
        logout::logout,
        logout::logout_everywhere,
        password::change,
        me::show,
        jwks::show
    ),
    tags((name = "auth", description = "Accounts, and the tokens that prove who is calling."))
)]
pub struct ApiDoc;
