//! Auth: users, their passwords, and the tokens that prove who is calling.
// In each component, because a package cannot add to the workspace's lints.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod api;
mod domain;
mod state;
mod store;

use axum::{
    Router,
    routing::{get, post, put},
};
use service::{Domain, config::ConfigError, web::app};

pub use api::ApiDoc;
use state::Auth;

service::component!(Domain::Auth, routes);

/// Every route of this component.
pub async fn routes() -> Result<Router, ConfigError> {
    let auth = Auth::from_variables().await?;
    let routes = app::common_routes(Domain::Auth)
        .route("/api/auth/register", post(api::register::register))
        .route("/api/auth/login", post(api::login::login))
        .route("/api/auth/refresh", post(api::refresh::refresh))
        .route("/api/auth/logout", post(api::logout::logout))
        .route(
            "/api/auth/logout-everywhere",
            post(api::logout::logout_everywhere),
        )
        .route("/api/auth/password", put(api::password::change))
        .route("/api/auth/me", get(api::me::show))
        .route("/api/auth/.well-known/jwks.json", get(api::jwks::show))
        .route("/internal/auth/metrics", get(api::metrics::show))
        .with_state(auth);
    Ok(routes)
}
