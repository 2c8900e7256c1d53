//! Why an order was cancelled, as customers see it.

use saga::ReasonCode;
use serde::Serialize;
use service::web::language::Language;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct Cancellation {
    pub code: ReasonCode,
    /// In the language of the answer.
    #[schema(example = "Could not charge the wallet")]
    pub message: &'static str,
    /// Which participant refused and its code; null when the customer cancelled.
    #[schema(required = true, example = "billing: INSUFFICIENT_FUNDS")]
    pub detail: Option<String>,
}

impl Cancellation {
    pub fn new(code: ReasonCode, detail: Option<String>, language: Language) -> Self {
        Self {
            code,
            message: message(code, language),
            detail,
        }
    }
}

const fn message(code: ReasonCode, language: Language) -> &'static str {
    match language {
        Language::Russian => match code {
            ReasonCode::PaymentFailed => "Не удалось списать средства",
            ReasonCode::ItemReservationFailed => "Не удалось зарезервировать товары",
            ReasonCode::CourierReservationFailed => "Не удалось зарезервировать курьера",
            ReasonCode::CancelledByUser => "Отменено покупателем",
        },
        Language::English => match code {
            ReasonCode::PaymentFailed => "Could not charge the wallet",
            ReasonCode::ItemReservationFailed => "Could not reserve the items",
            ReasonCode::CourierReservationFailed => "Could not reserve a courier",
            ReasonCode::CancelledByUser => "Cancelled by the customer",
        },
    }
}
