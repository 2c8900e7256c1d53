//! Billing: wallets, their ledger, and the charges of orders.
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
static APP: service::App = service::App::new(Domain::Billing, || {
    Box::pin(async {
        let service = PricedService::from_variables(Domain::Billing).await?;
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
    serve::health_routes(Domain::Billing)
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
        .fallback(serve::nothing_here)
}
