//! Why an order was cancelled.

use serde::{Deserialize, Serialize};

use crate::StepName;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ReasonCode {
    PaymentFailed,
    ItemReservationFailed,
    CourierReservationFailed,
    CancelledByUser,
}

/// Why the saga turned back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    pub code: ReasonCode,
    /// Which participant refused and its code, such as `billing: INSUFFICIENT_FUNDS`; none when the
    /// customer cancelled.
    pub detail: Option<String>,
}

impl Reason {
    /// A step was refused with the participant's `code`.
    pub fn refused(step: StepName, code: &str) -> Self {
        Self {
            code: match step {
                StepName::Charge => ReasonCode::PaymentFailed,
                StepName::ReserveItems => ReasonCode::ItemReservationFailed,
                StepName::ReserveCourier => ReasonCode::CourierReservationFailed,
            },
            detail: Some(format!("{}: {code}", step.participant())),
        }
    }

    /// The deadline passed without an answer from the step.
    pub fn no_answer(step: StepName) -> Self {
        Self::refused(step, "NO_ANSWER")
    }

    pub const fn cancelled_by_user() -> Self {
        Self {
            code: ReasonCode::CancelledByUser,
            detail: None,
        }
    }
}
