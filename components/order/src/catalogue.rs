//! Prices: what the warehouse quotes for items, and why there may be none.

use contract::{
    Refused,
    limits::MAX_AMOUNT,
    warehouse::{ItemsRequest, QUOTES_PATH, Quote, Refusal},
};
use http::{Method, StatusCode};
use serde::Deserialize;
use service::{telemetry::log, web::problem::FieldError};

use crate::{
    domain::{Item, NewOrderItem},
    state::Orders,
};

/// Why there are no prices.
#[derive(Debug)]
pub enum PriceError {
    /// Products that do not exist.
    ProductNotFound(Vec<FieldError>),
    /// The total is above [`MAX_AMOUNT`].
    TotalTooLarge,
    /// The warehouse gave no answer that can be used.
    Unavailable,
}

/// Items with their present prices, and the total.
pub struct Priced {
    pub items: Vec<Item>,
    pub total: i64,
}

/// Asks for the prices; nothing is held.
pub async fn price(
    orders: &Orders,
    items: &[NewOrderItem],
    request_id: &str,
) -> Result<Priced, PriceError> {
    let body = ItemsRequest {
        items: NewOrderItem::for_warehouse(items),
    };
    let answer = orders
        .catalogue
        .call(
            orders.service.service_tokens(),
            Method::POST,
            QUOTES_PATH,
            Some(&body),
            request_id,
            orders.call_timeout,
        )
        .await
        .map_err(unavailable)?;
    match answer.status {
        StatusCode::OK => {
            let quote: Quote = serde_json::from_slice(&answer.body).map_err(unavailable)?;
            priced(items, quote)
        }
        StatusCode::CONFLICT if is_not_found(&answer.body) => {
            Err(PriceError::ProductNotFound(field_errors(&answer.body)))
        }
        status => Err(unavailable(format!("HTTP {status}"))),
    }
}

fn priced(asked: &[NewOrderItem], quote: Quote) -> Result<Priced, PriceError> {
    let as_asked = quote.items.len() == asked.len()
        && asked.iter().zip(&quote.items).all(|(asked, quoted)| {
            asked.product_id == quoted.product_id && asked.quantity == quoted.quantity
        });
    if !as_asked {
        return Err(unavailable("the quote is about something else"));
    }
    let total = quote.items.iter().try_fold(0_i64, |total, item| {
        total.checked_add(item.unit_price.checked_mul(item.quantity.into())?)
    });
    let Some(total) = total.filter(|total| *total <= MAX_AMOUNT) else {
        return Err(PriceError::TotalTooLarge);
    };
    let items = quote.items.into_iter().map(|item| Item {
        product_id: item.product_id,
        name: item.name,
        unit_price: item.unit_price,
        quantity: item.quantity,
    });
    Ok(Priced {
        items: items.collect(),
        total,
    })
}

fn is_not_found(body: &[u8]) -> bool {
    let refused = serde_json::from_slice::<Refused<Refusal>>(body);
    refused.is_ok_and(|refused| refused.code == Refusal::ProductNotFound)
}

/// Which items do not exist. The warehouse's pointers fit, because its `items` are those of the order.
fn field_errors(body: &[u8]) -> Vec<FieldError> {
    #[derive(Deserialize)]
    struct Refusal {
        errors: Vec<ItemError>,
    }
    #[derive(Deserialize)]
    struct ItemError {
        pointer: String,
        detail: String,
    }
    let refusal = serde_json::from_slice::<Refusal>(body);
    let errors = refusal.map(|it| it.errors).unwrap_or_default();
    let errors = errors.into_iter().map(|it| FieldError {
        pointer: it.pointer,
        detail: it.detail,
    });
    errors.collect()
}

fn unavailable(cause: impl std::fmt::Display) -> PriceError {
    log::warn("no prices", &[("cause", &cause)]);
    PriceError::Unavailable
}

#[cfg(test)]
mod tests {
    use contract::warehouse::QuotedItem;
    use uuid::Uuid;

    use super::*;

    /// The total of an order with these prices and quantities, if it has one.
    fn total(lines: &[(i64, i32)]) -> Option<i64> {
        let product_id = Uuid::from_u128(7);
        let items = lines.iter();
        let asked: Vec<_> = items
            .clone()
            .map(|(_, quantity)| NewOrderItem {
                product_id,
                quantity: *quantity,
            })
            .collect();
        let quote = Quote {
            items: items
                .map(|(unit_price, quantity)| QuotedItem {
                    product_id,
                    name: "Tea".into(),
                    unit_price: *unit_price,
                    quantity: *quantity,
                })
                .collect(),
            total: 0,
        };
        let priced = priced(&asked, quote);
        match priced {
            Ok(priced) => Some(priced.total),
            Err(error) => {
                assert!(matches!(error, PriceError::TotalTooLarge), "{error:?}");
                None
            }
        }
    }

    #[test]
    fn a_total_is_summed_and_bounded() {
        assert_eq!(total(&[(100, 2), (5, 1)]), Some(205));
        assert_eq!(total(&[(MAX_AMOUNT, 1)]), Some(MAX_AMOUNT));
        assert_eq!(total(&[(MAX_AMOUNT, 1), (1, 1)]), None);
        assert_eq!(total(&[(i64::MAX, 1000)]), None);
    }
}
