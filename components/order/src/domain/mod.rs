//! What an order is, as plain types without I/O.

mod cancellation;
mod change;
mod instant;
pub mod new_order;
mod order;
mod prefer;
mod saga_item;
mod status;

pub use {
    cancellation::Cancellation,
    change::Change,
    instant::Instant,
    new_order::NewOrder,
    order::{Item, Order, OrderDocument, SagaView, TimelineDocument, TimelineEntry},
    prefer::Wait,
    saga_item::{SagaDocument, SagaItem, readable, state_rule},
    status::{OrderStatus, status_rule},
};
