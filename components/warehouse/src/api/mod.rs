//! The handlers, one file per resource.

mod items;
pub mod metrics;
pub mod products;
pub mod quotes;
pub mod reservations;

use utoipa::OpenApi;

/// The warehouse's part of the API document.
#[derive(OpenApi)]
#[openapi(
    paths(products::create, products::list, products::show, products::change),
    tags((name = "warehouse", description = "The catalogue and the stock."))
)]
pub struct ApiDoc;
