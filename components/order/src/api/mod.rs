//! The handlers, a file for each thing that can be done.

pub mod admin;
pub mod admin_orders;
pub mod cancel;
pub mod claim_due;
pub mod document;
mod event_stream;
pub mod events;
pub mod home;
pub mod list;
pub mod metrics;
pub mod place;
mod prefer;
mod prices;
pub mod quote;
pub mod recover;
pub mod show;
mod today;

use utoipa::OpenApi;

use crate::domain::StepView;

/// The part of the API document about orders.
#[derive(OpenApi)]
#[openapi(
    components(schemas(StepView)),
    paths(
        place::place,
        quote::quote,
        list::list,
        show::show,
        events::events,
        cancel::cancel,
        admin_orders::list,
        admin_orders::show,
        admin_orders::cancel,
        admin::list,
        admin::retry,
        admin::retry_all,
    ),
    tags((name = "orders", description = "Orders, and the sagas that fulfil them."))
)]
pub struct ApiDoc;
