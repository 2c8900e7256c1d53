//! Warehouse: the catalogue, the stock, and the item reservations of orders.
// In each component, because a package cannot add to the workspace's lints.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod api;
mod domain;
mod search;
mod store;

use axum::{
    Router,
    routing::{get, post, put},
};
use service::{Domain, PricedService, config::ConfigError, web::app};

pub use api::ApiDoc;

service::component!(Domain::Warehouse, routes);

/// Every route of this component.
pub async fn routes() -> Result<Router, ConfigError> {
    let service = PricedService::from_variables(Domain::Warehouse).await?;
    let routes = app::common_priced_routes(Domain::Warehouse)
        .route(
            "/api/warehouse/products",
            get(api::products::list).post(api::products::create),
        )
        .route(
            "/api/warehouse/products/{id}",
            get(api::products::show).patch(api::products::change),
        )
        .route("/internal/warehouse/quotes", post(api::quotes::quote))
        .route(
            "/internal/warehouse/reservations/{order_id}",
            put(api::reservations::reserve).delete(api::reservations::release),
        )
        .route("/internal/warehouse/metrics", get(api::metrics::show))
        .with_state(service);
    Ok(routes)
}
