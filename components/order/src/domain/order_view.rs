//! An order, as a client is shown it.

use chrono::NaiveDate;
use saga::{SagaState, StepName, StepState};
use serde::Serialize;
use service::web::language::Language;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Cancellation, Instant, OrderStatus,
    order_record::{Item, OrderRecord, TimelineRecord},
    schema,
};

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: Uuid,
    pub status: OrderStatus,
    /// The status in the language of the answer.
    #[schema(example = "Awaiting payment")]
    pub status_label: String,
    /// Why the order was cancelled; null unless it is.
    #[schema(required = true)]
    pub cancellation: Option<Cancellation>,
    pub saga: SagaView,
    pub items: Vec<Item>,
    /// Minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub total: i64,
    #[schema(example = "RUB", pattern = "^[A-Z]{3}$")]
    pub currency: String,
    pub delivery_date: NaiveDate,
    /// The courier, or the one asked for as long as none is reserved; null when the order is cancelled.
    #[schema(required = true)]
    pub courier_id: Option<Uuid>,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// One entry for each change of the status.
    pub timeline: Vec<TimelineEntry>,
}

/// An order, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerOrder {
    /// The customer.
    pub user_id: Uuid,
    #[serde(flatten)]
    pub order: Order,
}

/// What an order would cost now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceQuote {
    pub items: Vec<Item>,
    /// Minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub total: i64,
    #[schema(example = "RUB", pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

/// The state of the saga that fulfils an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SagaView {
    pub state: SagaState,
    #[schema(schema_with = schema::steps)]
    pub steps: Vec<StepView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    #[schema(value_type = schema::StepName)]
    pub name: StepName,
    pub state: StepState,
    /// How often the step was tried.
    #[schema(minimum = 0)]
    pub attempts: u32,
    /// When it was tried first.
    #[schema(required = true)]
    pub started_at: Option<Instant>,
    /// When it was done, refused or undone.
    #[schema(required = true)]
    pub ended_at: Option<Instant>,
}

/// A change of the order's status.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// Numbered from 1.
    #[schema(minimum = 1)]
    pub seq: i32,
    pub status: OrderStatus,
    /// The status in the language of the answer.
    pub status_label: String,
    pub at: Instant,
    /// Of a cancellation, which participant refused and its code, or the shop's reason.
    #[schema(required = true)]
    pub note: Option<String>,
}

impl OrderRecord {
    pub fn show(self, language: Language) -> Order {
        Order {
            id: self.id,
            status_label: self.status.label(language),
            saga: self.saga_view(),
            timeline: self.timeline(language),
            cancellation: self
                .cancellation_code
                .map(|code| Cancellation::new(code, self.cancellation_detail, language)),
            status: self.status,
            items: self.items,
            total: self.total,
            currency: self.currency,
            delivery_date: self.delivery_date,
            courier_id: self.courier_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    pub fn show_with_customer(self, language: Language) -> CustomerOrder {
        CustomerOrder {
            user_id: self.user_id,
            order: self.show(language),
        }
    }

    pub fn saga_view(&self) -> SagaView {
        let placed = self.created_at;
        let steps = self.saga.steps.iter();
        let steps = steps.map(|step| StepView {
            name: step.name.clone(),
            state: step.state,
            attempts: step.attempts,
            started_at: step.started_at.map(|millis| placed.plus(millis)),
            ended_at: step.ended_at.map(|millis| placed.plus(millis)),
        });
        SagaView {
            state: self.state,
            steps: steps.collect(),
        }
    }

    pub fn timeline(&self, language: Language) -> Vec<TimelineEntry> {
        let entries = self.timeline.iter();
        entries.map(|entry| entry.show(language)).collect()
    }

    /// Whether the saga has ended.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, SagaState::Completed | SagaState::Compensated)
    }
}

impl TimelineRecord {
    pub fn show(&self, language: Language) -> TimelineEntry {
        TimelineEntry {
            seq: self.seq,
            status: self.status.clone(),
            status_label: self.status.label(language),
            at: self.at,
            note: self.note.clone(),
        }
    }
}
