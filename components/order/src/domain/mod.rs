//! What an order is: rules and plain types, without I/O or HTTP.

mod cancellation;
mod change;
mod instant;
pub mod new_order;
mod order_filter;
mod order_record;
mod order_view;
mod retention;
mod saga_summary;
mod schema;
mod status;

pub use {
    cancellation::Cancellation,
    change::Change,
    instant::Instant,
    new_order::{NewOrder, NewOrderItem, QuoteRequest, is_surely_deliverable},
    order_filter::OrderFilter,
    order_record::{Item, OrderRecord, TimelineRecord},
    order_view::{CustomerOrder, Order, PriceQuote, SagaView, StepView, TimelineEntry},
    retention::Retention,
    saga_summary::{SagaRecord, SagaSummary, state_rule},
    status::{OrderStatus, status_rule},
};
