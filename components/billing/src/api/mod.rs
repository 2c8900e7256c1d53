//! The handlers, one file per resource.

pub mod charges;
pub mod deposits;
pub mod metrics;
pub mod transactions;
pub mod wallet;

use utoipa::OpenApi;

/// Billing's part of the API document.
#[derive(OpenApi)]
#[openapi(
    paths(wallet::open, wallet::show, deposits::create, transactions::list),
    tags((name = "billing", description = "The customer's wallet."))
)]
pub struct ApiDoc;
