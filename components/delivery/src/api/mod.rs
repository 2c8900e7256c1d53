//! The handlers, one file per resource.

pub mod availability;
pub mod couriers;
mod date;
pub mod metrics;
pub mod reservations;

use utoipa::OpenApi;

/// Delivery's part of the API document.
#[derive(OpenApi)]
#[openapi(
    paths(couriers::create, couriers::list, couriers::show, couriers::change, availability::show),
    tags((name = "delivery", description = "Couriers, and when they are free."))
)]
pub struct ApiDoc;
