//! Delivery: couriers, and their reservations by orders.
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
mod store;

use axum::{
    Router,
    routing::{get, put},
};
use service::{Domain, Service, web::serve};

pub use api::ApiDoc;

#[cfg(target_family = "wasm")]
static APP: service::App = service::App::new(Domain::Delivery, || {
    Box::pin(async {
        let service = Service::from_variables(Domain::Delivery).await?;
        Ok(routes().with_state(service))
    })
});

#[cfg(target_family = "wasm")]
#[spin_sdk::http_service]
async fn handle(request: spin_sdk::http::Request) -> http::Response<spin_sdk::http::BoxBody> {
    APP.serve(request).await
}

/// Every route of this component.
pub fn routes() -> Router<Service> {
    serve::health_routes(Domain::Delivery)
        .route(
            "/api/delivery/couriers",
            get(api::couriers::list).post(api::couriers::create),
        )
        .route("/api/delivery/couriers/{id}", get(api::couriers::show))
        .route("/api/delivery/availability", get(api::availability::show))
        .route(
            "/internal/delivery/reservations/{order_id}",
            put(api::reservations::reserve).delete(api::reservations::release),
        )
        .route("/internal/delivery/metrics", get(api::metrics::show))
        .fallback(serve::nothing_here)
}
