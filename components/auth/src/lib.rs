//! Auth: users, their passwords, and the tokens that say who is calling.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod api;
mod domain;
mod state;
mod store;

use axum::{
    Router,
    routing::{get, post},
};
use service::{Domain, web::serve};

pub use api::ApiDoc;
pub use state::Auth;

#[cfg(target_family = "wasm")]
static APP: service::App = service::App::new(Domain::Auth, || {
    Box::pin(async { Ok(routes().with_state(Auth::from_variables().await?)) })
});

#[cfg(target_family = "wasm")]
#[spin_sdk::http_service]
async fn handle(request: spin_sdk::http::Request) -> http::Response<spin_sdk::http::BoxBody> {
    APP.serve(request).await
}

/// Every route of this component.
pub fn routes() -> Router<Auth> {
    serve::health_routes(Domain::Auth)
        .route("/api/auth/register", post(api::register::register))
        .route("/api/auth/login", post(api::login::login))
        .route("/api/auth/refresh", post(api::refresh::refresh))
        .route("/api/auth/logout", post(api::logout::logout))
        .route("/api/auth/me", get(api::me::show))
        .route("/api/auth/.well-known/jwks.json", get(api::jwks::show))
        .route("/internal/auth/metrics", get(api::metrics::show))
        .fallback(serve::nothing_here)
}
