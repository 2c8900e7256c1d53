//! An order: as the database tells of it, and as a client is shown it.

use chrono::NaiveDate;
use saga::{ReasonCode, ShownState, StepName, StepState};
use serde::{Deserialize, Serialize};
use service::web::language::Language;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Cancellation, Instant, OrderStatus};

/// An order as `order_document` of the database tells of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDocument {
    pub id: Uuid,
    pub status: OrderStatus,
    pub cancellation_code: Option<ReasonCode>,
    pub cancellation_detail: Option<String>,
    pub total: i64,
    pub currency: String,
    pub delivery_date: NaiveDate,
    pub courier_id: Option<Uuid>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub state: ShownState,
    pub saga: SagaPicture,
    /// Nobody drives the saga, and there is something to do.
    pub due: bool,
    pub items: Vec<Item>,
    pub timeline: Vec<TimelineDocument>,
}

/// The part of a saga's state that is shown. Every version of the saga's definition keeps these
/// fields, so that builds can show the sagas of newer ones.
#[derive(Clone, Debug, Deserialize)]
pub struct SagaPicture {
    pub steps: Vec<StepPicture>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepPicture {
    pub name: StepName,
    pub state: StepState,
    pub attempts: u32,
    /// Milliseconds since the order was placed.
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
}

impl From<&saga::Saga> for SagaPicture {
    fn from(saga: &saga::Saga) -> Self {
        let steps = saga.steps.iter();
        let steps = steps.map(|step| StepPicture {
            name: step.name,
            state: step.state,
            attempts: step.attempts,
            started_at: step.started_at,
            ended_at: step.ended_at,
        });
        Self {
            steps: steps.collect(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct TimelineDocument {
    pub seq: i32,
    pub status: OrderStatus,
    pub at: Instant,
    pub note: Option<String>,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: Uuid,
    pub status: OrderStatus,
    /// The status in the language of the answer.
    #[schema(example = "Awaiting payment")]
    pub status_label: &'static str,
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
    /// The courier, or the one asked for as long as none is reserved.
    #[schema(required = true)]
    pub courier_id: Option<Uuid>,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// One entry per change of status.
    pub timeline: Vec<TimelineEntry>,
}

/// How the work on an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SagaView {
    pub state: ShownState,
    /// The three, in order.
    #[schema(min_items = 3, max_items = 3)]
    pub steps: Vec<StepView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub product_id: Uuid,
    /// The product's name when it was ordered.
    pub name: String,
    /// Minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub unit_price: i64,
    #[schema(minimum = 1, maximum = 1000)]
    pub quantity: i32,
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
    pub status_label: &'static str,
    pub at: Instant,
    /// Of a cancellation, which participant refused and its code.
    #[schema(required = true)]
    pub note: Option<String>,
}

impl OrderDocument {
    /// The order as a client is shown it.
    pub fn show(self, language: Language) -> Order {
        Order {
            id: self.id,
            status: self.status,
            status_label: self.status.label(language),
            saga: self.saga_view(),
            timeline: self.timeline(language),
            cancellation: self
                .cancellation_code
                .map(|code| Cancellation::new(code, self.cancellation_detail, language)),
            items: self.items,
            total: self.total,
            currency: self.currency,
            delivery_date: self.delivery_date,
            courier_id: self.courier_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    pub fn saga_view(&self) -> SagaView {
        let placed = self.created_at;
        let steps = self.saga.steps.iter();
        let steps = steps.map(|step| StepView {
            name: step.name,
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

    pub fn ended(&self) -> bool {
        matches!(self.state, ShownState::Completed | ShownState::Compensated)
    }
}

impl TimelineDocument {
    pub fn show(&self, language: Language) -> TimelineEntry {
        TimelineEntry {
            seq: self.seq,
            status: self.status,
            status_label: self.status.label(language),
            at: self.at,
            note: self.note.clone(),
        }
    }
}
