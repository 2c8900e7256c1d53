//! Delivery: couriers, and their reservations by orders.
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
    routing::{get, put},
};
use service::{Domain, Service, config::ConfigError, web::app};

pub use api::ApiDoc;

service::component!(Domain::Delivery, routes);

/// Every route of this component.
pub async fn routes() -> Result<Router, ConfigError> {
    let service = Service::from_variables(Domain::Delivery).await?;
    let routes = app::common_routes(Domain::Delivery)
        .route(
            "/api/delivery/couriers",
            get(api::couriers::list).post(api::couriers::create),
        )
        .route(
            "/api/delivery/couriers/{id}",
            get(api::couriers::show).patch(api::couriers::change),
        )
        .route("/api/delivery/availability", get(api::availability::show))
        .route(
            "/internal/delivery/reservations/{order_id}",
            put(api::reservations::reserve).delete(api::reservations::release),
        )
        .route("/internal/delivery/metrics", get(api::metrics::show))
        .with_state(service);
    Ok(routes)
}
