//! Warehouse: the catalogue, the stock, and the item reservations of orders.
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
    routing::{get, post, put},
};
use service::{Domain, currency::PricedService, web::serve};

pub use api::ApiDoc;

#[cfg(target_family = "wasm")]
static APP: service::App = service::App::new(Domain::Warehouse, || {
    Box::pin(async {
        let service = PricedService::from_variables(Domain::Warehouse).await?;
        Ok(routes().with_state(service))
    })
});

#[cfg(target_family = "wasm")]
#[spin_sdk::http_service]
async fn handle(request: spin_sdk::http::Request) -> http::Response<spin_sdk::http::BoxBody> {
    APP.serve(request).await
}

/// Every route of this component.
pub fn routes() -> Router<PricedService> {
    serve::health_routes(Domain::Warehouse)
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
        .fallback(serve::nothing_here)
}
