//! Orders, and the saga that fulfils each of them or undoes it.
//!
//! [`fulfilment`] defines the saga, [`saga`] decides, [`driver`] acts: it writes each transition into the
//! journal ([`store::sagas`]) and makes the calls that it asks for ([`calls`], [`participants`]).
//! [`recovery`] claims what nobody drives, [`polling`] lets clients wait, [`publisher`] publishes the
//! events ([`broker`]), [`retention`] deletes what is old.
// In each component, because a package cannot add to the workspace\'s lints.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod api;
mod broker;
mod calls;
mod catalogue;
mod domain;
mod driver;
pub mod fulfilment;
mod participants;
mod polling;
mod publisher;
mod recovery;
mod retention;
mod state;
mod store;
mod transition_log;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use service::{Domain, config::ConfigError, web::app};

pub use {api::ApiDoc, state::Orders};

service::component!(Domain::Order, routes);

/// Every route of this component.
pub async fn routes() -> Result<Router, ConfigError> {
    let orders = Orders::from_variables().await?;
    let about_orders = Router::new()
        .route("/api/orders", get(api::list::list).post(api::place::place))
        .route("/api/orders/quote", post(api::quote::quote))
        .route("/api/orders/{order_id}", get(api::show::show))
        .route("/api/orders/{order_id}/events", get(api::events::events))
        .route("/api/orders/{order_id}/cancel", post(api::cancel::cancel))
        .route("/api/orders/admin/orders", get(api::admin_orders::list))
        .route(
            "/api/orders/admin/orders/{order_id}",
            get(api::admin_orders::show),
        )
        .route(
            "/api/orders/admin/orders/{order_id}/cancel",
            post(api::admin_orders::cancel),
        )
        .route_layer(middleware::from_fn_with_state(
            orders.clone(),
            api::claim_due::claim_due_after_request,
        ));
    let routes = app::common_priced_routes(Domain::Order)
        .merge(about_orders)
        .route("/api/orders/admin/sagas", get(api::admin::list))
        .route("/api/orders/admin/sagas/retry", post(api::admin::retry_all))
        .route(
            "/api/orders/admin/sagas/{order_id}/retry",
            post(api::admin::retry),
        )
        .route("/", get(api::home::show))
        .route("/api/openapi.json", get(api::document::show))
        .route("/internal/orders/recover", post(api::recover::recover))
        .route("/internal/orders/metrics", get(api::metrics::show))
        .with_state(orders);
    Ok(routes)
}
