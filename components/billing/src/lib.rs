//! Billing: wallets, their ledger, and the charges of orders.
// In each component, because a package cannot add to the workspace's lints.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod api;
mod domain;
mod store;

use axum::{
    Router,
    routing::{get, post, put},
};
use service::{Domain, PricedService, config::ConfigError, web::app};

pub use api::ApiDoc;

service::component!(Domain::Billing, routes);

/// Every route of this component.
pub async fn routes() -> Result<Router, ConfigError> {
    let service = PricedService::from_variables(Domain::Billing).await?;
    let routes = app::common_priced_routes(Domain::Billing)
        .route(
            "/api/billing/wallet",
            get(api::wallet::show).post(api::wallet::open),
        )
        .route("/api/billing/wallet/deposits", post(api::deposits::create))
        .route(
            "/api/billing/wallet/transactions",
            get(api::transactions::list),
        )
        .route(
            "/internal/billing/charges/{order_id}",
            put(api::charges::charge).delete(api::charges::refund),
        )
        .route("/internal/billing/metrics", get(api::metrics::show))
        .with_state(service);
    Ok(routes)
}
