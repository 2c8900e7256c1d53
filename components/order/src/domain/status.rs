//! The status of an order, as customers see it.

use serde::{Deserialize, Serialize};
use service::web::language::Language;
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    Pending,
    AwaitingPayment,
    AwaitingItemReservation,
    AwaitingCourierReservation,
    Ready,
    Cancelled,
}

impl OrderStatus {
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::AwaitingPayment,
        Self::AwaitingItemReservation,
        Self::AwaitingCourierReservation,
        Self::Ready,
        Self::Cancelled,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::AwaitingPayment => "AWAITING_PAYMENT",
            Self::AwaitingItemReservation => "AWAITING_ITEM_RESERVATION",
            Self::AwaitingCourierReservation => "AWAITING_COURIER_RESERVATION",
            Self::Ready => "READY",
            Self::Cancelled => "CANCELLED",
        }
    }

    pub const fn label(self, language: Language) -> &'static str {
        match language {
            Language::Russian => match self {
                Self::Pending => "Ожидание",
                Self::AwaitingPayment => "Ожидание оплаты",
                Self::AwaitingItemReservation => "Ожидание резервирования товаров",
                Self::AwaitingCourierReservation => "Ожидание резервирования курьера",
                Self::Ready => "Готов",
                Self::Cancelled => "Отменен",
            },
            Language::English => match self {
                Self::Pending => "Pending",
                Self::AwaitingPayment => "Awaiting payment",
                Self::AwaitingItemReservation => "Awaiting item reservation",
                Self::AwaitingCourierReservation => "Awaiting courier reservation",
                Self::Ready => "Ready",
                Self::Cancelled => "Cancelled",
            },
        }
    }
}

/// A query value.
pub fn status_rule(text: &str) -> Result<OrderStatus, String> {
    OrderStatus::ALL
        .into_iter()
        .find(|status| status.code() == text)
        .ok_or_else(|| {
            let codes = OrderStatus::ALL.map(OrderStatus::code);
            format!("Must be one of {}.", codes.join(", "))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_the_same_everywhere() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.code());
            assert_eq!(status_rule(status.code()), Ok(status));
        }
        assert!(status_rule("ready").is_err());
    }
}
