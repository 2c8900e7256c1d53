//! Prices: what the warehouse quotes for the items of a new order.

use contract::{
    Refused,
    limits::MAX_AMOUNT,
    warehouse::{ItemsRequest, QUOTES_PATH, Quote, Refusal},
};
use http::{Method, StatusCode};
use serde::Deserialize;
use service::{Problem, telemetry::log, web::problem::FieldError};

use crate::{
    domain::{Item, NewOrder},
    state::Orders,
};

/// An order's items with their prices of now, and what they cost together.
pub struct Priced {
    pub items: Vec<Item>,
    pub total: i64,
}

/// Asks for the prices; nothing is held.
pub async fn price(orders: &Orders, new: &NewOrder, request_id: &str) -> Result<Priced, Problem> {
    let body = ItemsRequest {
        items: new.contract_items(),
    };
    let answer = orders
        .warehouse
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
            priced(new, quote)
        }
        StatusCode::CONFLICT if is_not_found(&answer.body) => Err(Problem::unprocessable(
            "PRODUCT_NOT_FOUND",
            "The order names a product that does not exist.",
        )
        .with_errors(complaints(&answer.body))),
        status => Err(unavailable(format!("HTTP {status}"))),
    }
}

fn priced(new: &NewOrder, quote: Quote) -> Result<Priced, Problem> {
    let as_asked = quote.items.len() == new.items.len()
        && new.items.iter().zip(&quote.items).all(|(asked, quoted)| {
            asked.product_id == quoted.product_id && asked.quantity == quoted.quantity
        });
    if !as_asked {
        return Err(unavailable("the quote is about something else"));
    }
    let total = quote.items.iter().try_fold(0_i64, |total, item| {
        total.checked_add(item.unit_price.checked_mul(item.quantity.into())?)
    });
    let Some(total) = total.filter(|total| *total <= MAX_AMOUNT) else {
        return Err(Problem::unprocessable(
            "TOTAL_TOO_LARGE",
            format!("An order may cost {MAX_AMOUNT} at the most."),
        ));
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

/// Which items do not exist: the warehouse points into a body whose `items` are those of the order.
fn complaints(body: &[u8]) -> Vec<FieldError> {
    #[derive(Deserialize)]
    struct Complaints {
        errors: Vec<Complaint>,
    }
    #[derive(Deserialize)]
    struct Complaint {
        pointer: String,
        detail: String,
    }
    let complaints = serde_json::from_slice::<Complaints>(body);
    let complaints = complaints.map(|it| it.errors).unwrap_or_default();
    let complaints = complaints.into_iter();
    complaints
        .map(|it| FieldError {
            pointer: it.pointer,
            detail: it.detail,
        })
        .collect()
}

fn unavailable(cause: impl std::fmt::Display) -> Problem {
    log::warn("no prices", &[("cause", &cause)]);
    Problem::unavailable(
        "CATALOGUE_UNAVAILABLE",
        "Prices cannot be had just now, so nothing was ordered; try again soon.",
        2,
    )
}

#[cfg(test)]
mod tests {
    use contract::warehouse::QuotedItem;
    use uuid::Uuid;

    use super::*;
    use crate::domain::new_order::NewOrderItem;

    fn total(lines: &[(i64, i32)]) -> Result<i64, &'static str> {
        let product_id = Uuid::from_u128(7);
        let items = lines.iter();
        let new = NewOrder {
            items: items
                .clone()
                .map(|(_, quantity)| NewOrderItem {
                    product_id,
                    quantity: *quantity,
                })
                .collect(),
            delivery_date: Default::default(),
            courier_id: None,
        };
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
        let priced = priced(&new, quote);
        priced.map(|it| it.total).map_err(|problem| problem.code)
    }

    #[test]
    fn a_total_is_summed_and_bounded() {
        assert_eq!(total(&[(100, 2), (5, 1)]), Ok(205));
        assert_eq!(total(&[(MAX_AMOUNT, 1)]), Ok(MAX_AMOUNT));
        assert_eq!(total(&[(MAX_AMOUNT, 1), (1, 1)]), Err("TOTAL_TOO_LARGE"));
        assert_eq!(total(&[(i64::MAX, 1000)]), Err("TOTAL_TOO_LARGE"));
    }
}
