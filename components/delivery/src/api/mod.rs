//! The handlers, a file for each resource.

pub mod availability;
pub mod couriers;
pub mod metrics;
pub mod reservations;

use utoipa::OpenApi;

/// What the API document says of delivery.
#[derive(OpenApi)]
#[openapi(
    paths(couriers::create, couriers::list, couriers::show, availability::show),
    tags((name = "delivery", description = "Couriers, and when they are free."))
)]
pub struct ApiDoc;
