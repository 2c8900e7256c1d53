//! The handlers, a file for each resource.

mod items;
pub mod metrics;
pub mod products;
pub mod quotes;
pub mod reservations;

use utoipa::OpenApi;

/// What the API document says of the warehouse.
#[derive(OpenApi)]
#[openapi(
    paths(products::create, products::list, products::show, products::change),
    tags((name = "warehouse", description = "The catalogue and the stock."))
)]
pub struct ApiDoc;
