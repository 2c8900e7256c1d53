//! The bodies of `POST /api/orders` and `POST /api/orders/quote`.

use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};
use contract::{
    limits::{MAX_ITEMS, MAX_QUANTITY},
    warehouse,
};
use serde::Serialize;
use serde_json::Value;
use service::web::{
    form::Form,
    rule::{self, Rule},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// How far ahead a delivery may be.
const MAX_DAYS_AHEAD: u64 = 365;

/// What to order, and when to deliver it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrder {
    /// Each product once.
    #[schema(min_items = 1, max_items = 50)]
    pub items: Vec<NewOrderItem>,
    /// Today (UTC) or later, and within 365 days.
    pub delivery_date: NaiveDate,
    /// This courier and no other; any free one when left out.
    pub courier_id: Option<Uuid>,
}

/// What to quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteRequest {
    /// Each product once.
    #[schema(min_items = 1, max_items = 50)]
    pub items: Vec<NewOrderItem>,
    /// Today (UTC) or later, and within 365 days. It is checked as that of an order is, and does not change the prices.
    pub delivery_date: Option<NaiveDate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrderItem {
    pub product_id: Uuid,
    #[schema(minimum = 1, maximum = 1000, default = 1, required = false)]
    pub quantity: i32,
}

impl NewOrder {
    /// Reads a body whose delivery date must be `today` or later and within a year; on whatever day without `today`,
    /// because a request that is repeated on a later day is still the same request.
    pub fn read(form: &mut Form<'_>, today: Option<NaiveDate>) -> Self {
        Self {
            items: NewOrderItem::read_all(form),
            delivery_date: form.required("deliveryDate", date_within(delivery_dates(today))),
            courier_id: form.optional("courierId", rule::uuid),
        }
    }
}

impl QuoteRequest {
    /// Reads a body, as [`NewOrder::read`] does; it need not have a delivery date.
    pub fn read(form: &mut Form<'_>, today: Option<NaiveDate>) -> Self {
        Self {
            items: NewOrderItem::read_all(form),
            delivery_date: form.optional("deliveryDate", date_within(delivery_dates(today))),
        }
    }
}

impl NewOrderItem {
    /// Reads the items of a body, each product once.
    fn read_all(form: &mut Form<'_>) -> Vec<Self> {
        let items = form.list("items", 1..=MAX_ITEMS, Self::read);
        let mut seen = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if seen.contains(&item.product_id) && !item.product_id.is_nil() {
                form.add_error(
                    format!("items/{index}/productId"),
                    "Is in the order already; raise its quantity instead.",
                );
            }
            seen.push(item.product_id);
        }
        items
    }

    /// The items, as the warehouse is sent them.
    pub fn for_warehouse(items: &[Self]) -> Vec<warehouse::Item> {
        let items = items.iter();
        items
            .map(|item| warehouse::Item {
                product_id: item.product_id,
                quantity: item.quantity,
            })
            .collect()
    }

    fn read(form: &mut Form<'_>) -> Self {
        let quantity = form.optional("quantity", rule::integer(1..=i64::from(MAX_QUANTITY)));
        Self {
            product_id: form.required("productId", rule::uuid),
            quantity: quantity.and_then(|it| i32::try_from(it).ok()).unwrap_or(1),
        }
    }
}

/// Whether an order can be delivered on this date even if `today` is a day off.
pub fn is_surely_deliverable(date: NaiveDate, today: NaiveDate) -> bool {
    let (first, last) = delivery_dates(Some(today)).into_inner();
    first < date && date < last
}

/// The dates on which an order can be delivered; without a day to judge them by, all.
fn delivery_dates(today: Option<NaiveDate>) -> RangeInclusive<NaiveDate> {
    let last = today.and_then(|today| today.checked_add_days(Days::new(MAX_DAYS_AHEAD)));
    today.unwrap_or(NaiveDate::MIN)..=last.unwrap_or(NaiveDate::MAX)
}

fn date_within(dates: RangeInclusive<NaiveDate>) -> impl Rule<Value, NaiveDate> {
    move |value| {
        let date = rule::date(value)?;
        if dates.contains(&date) {
            Ok(date)
        } else {
            Err(format!(
                "Must be from {} to {}.",
                dates.start(),
                dates.end()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delivery_date_is_within_a_year() {
        let today = "2026-12-01".parse().unwrap();
        let allowed =
            |date: &str| date_within(delivery_dates(Some(today)))(&Value::from(date)).is_ok();
        assert!(allowed("2026-12-01") && allowed("2027-12-01"));
        for date in ["2026-11-30", "2027-12-02", "1970-01-01", "tomorrow"] {
            assert!(!allowed(date), "{date}");
        }
        let sure = |date: &str| is_surely_deliverable(date.parse().unwrap(), today);
        assert!(sure("2026-12-02") && sure("2027-11-30"));
        assert!(!sure("2026-12-01") && !sure("2027-12-01"));
    }
}
