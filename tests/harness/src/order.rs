//! The order as the contract defines it: a missing or unknown field or word is an error.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    pub id: Uuid,
    pub status: Status,
    pub status_label: String,
    pub cancellation: Option<Cancellation>,
    pub saga: Saga,
    pub items: Vec<Item>,
    pub total: i64,
    pub currency: String,
    pub delivery_date: NaiveDate,
    pub courier_id: Option<Uuid>,
    pub created_at: Time,
    pub updated_at: Time,
    pub timeline: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Pending,
    AwaitingPayment,
    AwaitingItemReservation,
    AwaitingCourierReservation,
    Ready,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    pub code: CancellationCode,
    pub message: String,
    pub detail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancellationCode {
    PaymentFailed,
    ItemReservationFailed,
    CourierReservationFailed,
    CancelledByUser,
    CancelledByShop,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saga {
    pub state: SagaState,
    pub steps: [Step; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SagaState {
    Running,
    Compensating,
    Completed,
    Compensated,
    Stuck,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    pub name: StepName,
    pub state: StepState,
    pub attempts: u32,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepName {
    Charge,
    ReserveItems,
    ReserveCourier,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepState {
    Waiting,
    Running,
    Done,
    Refused,
    Unknown,
    Undoing,
    Undone,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Item {
    pub product_id: Uuid,
    pub name: String,
    pub unit_price: i64,
    pub quantity: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    pub seq: i64,
    pub status: Status,
    pub status_label: String,
    pub at: Time,
    pub note: Option<String>,
}

/// Anyone's order, as the administrator is shown it.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerOrder {
    pub user_id: Uuid,
    pub order: Order,
}

impl<'de> Deserialize<'de> for CustomerOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = serde_json::Map::<String, Value>::deserialize(deserializer)?;
        let user = fields.remove("userId").unwrap_or_default();
        let user_id = serde_json::from_value(user).map_err(D::Error::custom)?;
        let order = serde_json::from_value(fields.into()).map_err(D::Error::custom)?;
        Ok(Self { user_id, order })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// A time as in the contract: RFC 3339 in UTC with a `Z`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Eq, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Time(pub DateTime<Utc>);

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let time = DateTime::parse_from_rfc3339(&text)
            .map_err(|error| format!("{text:?} is no time: {error}"))?;
        if text.ends_with('Z') {
            Ok(Self(time.to_utc()))
        } else {
            Err(format!("{text:?} does not end in Z"))
        }
    }
}

impl Order {
    /// Its statuses so far, in order.
    pub fn statuses(&self) -> Vec<Status> {
        self.timeline.iter().map(|entry| entry.status).collect()
    }

    /// The states of its steps.
    pub fn steps(&self) -> [StepState; 3] {
        self.saga.steps.each_ref().map(|step| step.state)
    }

    pub fn cancellation_code(&self) -> Option<CancellationCode> {
        self.cancellation
            .as_ref()
            .map(|cancellation| cancellation.code)
    }

    pub fn is_ready(&self) -> bool {
        self.status == Status::Ready
    }
}

impl Saga {
    pub fn has_ended(&self) -> bool {
        matches!(self.state, SagaState::Completed | SagaState::Compensated)
    }
}

impl Status {
    /// The label of the contract's table.
    pub fn label(self, language: &str) -> &'static str {
        let (russian, english) = match self {
            Self::Pending => ("Ожидание", "Pending"),
            Self::AwaitingPayment => ("Ожидание оплаты", "Awaiting payment"),
            Self::AwaitingItemReservation => (
                "Ожидание резервирования товаров",
                "Awaiting item reservation",
            ),
            Self::AwaitingCourierReservation => (
                "Ожидание резервирования курьера",
                "Awaiting courier reservation",
            ),
            Self::Ready => ("Готов", "Ready"),
            Self::Cancelled => ("Отменен", "Cancelled"),
        };
        if language == "en" { english } else { russian }
    }
}

impl CancellationCode {
    /// The message of the contract's table.
    pub fn message(self, language: &str) -> &'static str {
        let (russian, english) = match self {
            Self::PaymentFailed => ("Не удалось списать средства", "Could not charge the wallet"),
            Self::ItemReservationFailed => (
                "Не удалось зарезервировать товары",
                "Could not reserve the items",
            ),
            Self::CourierReservationFailed => (
                "Не удалось зарезервировать курьера",
                "Could not reserve a courier",
            ),
            Self::CancelledByUser => ("Отменено покупателем", "Cancelled by the customer"),
            Self::CancelledByShop => ("Отменено магазином", "Cancelled by the shop"),
        };
        if language == "en" { english } else { russian }
    }
}
