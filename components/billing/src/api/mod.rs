//! The handlers, a file for each resource.

pub mod charges;
pub mod deposits;
pub mod metrics;
pub mod transactions;
pub mod wallet;

use utoipa::OpenApi;

/// What the API document says of billing.
#[derive(OpenApi)]
#[openapi(
    paths(wallet::open, wallet::show, deposits::create, transactions::list),
    tags((name = "billing", description = "The customer's wallet."))
)]
pub struct ApiDoc;
