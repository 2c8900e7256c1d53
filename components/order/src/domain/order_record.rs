//! An order, as the database returns it.

use chrono::NaiveDate;
use saga::{ReasonCode, Saga, SagaState, StepName, StepState};
use serde::{Deserialize, Serialize};
use service::database::Created;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Instant, OrderStatus};

/// An order, as the function `order_record` returns it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRecord {
    pub id: Uuid,
    /// The customer.
    pub user_id: Uuid,
    pub status: OrderStatus,
    pub cancellation_code: Option<ReasonCode>,
    pub cancellation_detail: Option<String>,
    pub total: i64,
    pub currency: String,
    pub delivery_date: NaiveDate,
    pub courier_id: Option<Uuid>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub state: SagaState,
    pub saga: StepRecords,
    /// The saga can be claimed.
    pub due: bool,
    pub items: Vec<Item>,
    pub timeline: Vec<TimelineRecord>,
}

impl OrderRecord {
    pub const fn place(&self) -> Created {
        Created {
            at: self.created_at.0,
            id: self.id,
        }
    }
}

/// The part of a saga's state that is shown. Every definition keeps these fields, so that a build can show
/// the sagas of a newer one.
#[derive(Clone, Debug, Deserialize)]
pub struct StepRecords {
    pub steps: Vec<StepRecord>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    pub name: StepName,
    pub state: StepState,
    pub attempts: u32,
    /// Milliseconds since the order was placed.
    pub started_at: Option<i64>,
    /// Milliseconds since the order was placed.
    pub ended_at: Option<i64>,
}

impl From<&Saga> for StepRecords {
    fn from(saga: &Saga) -> Self {
        let steps = saga.steps.iter();
        let steps = steps.map(|step| StepRecord {
            name: step.name.clone(),
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
pub struct TimelineRecord {
    pub seq: i32,
    pub status: OrderStatus,
    pub at: Instant,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub product_id: Uuid,
    /// The product's name when it was ordered or quoted.
    pub name: String,
    /// Minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub unit_price: i64,
    #[schema(minimum = 1, maximum = 1000)]
    pub quantity: i32,
}
