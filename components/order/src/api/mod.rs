//! The handlers, a file for each thing that can be done.

pub mod admin;
pub mod cancel;
pub mod document;
pub mod events;
pub mod list;
pub mod metrics;
pub mod place;
pub mod recover;
pub mod show;

use utoipa::OpenApi;

/// What the API document says of orders.
#[derive(OpenApi)]
#[openapi(
    paths(
        place::place,
        list::list,
        show::show,
        events::events,
        cancel::cancel,
        admin::list,
        admin::retry,
        admin::retry_all,
    ),
    tags((name = "orders", description = "Orders, and the sagas that fulfil them."))
)]
pub struct ApiDoc;
