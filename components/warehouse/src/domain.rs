//! Products, prices and item reservations.

use std::collections::BTreeMap;

use contract::warehouse::QuotedItem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 4_000;
/// The largest quantity of a product that an admin can offer.
pub const MAX_STOCK: i64 = 1_000_000_000;

/// A product of the catalogue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its place in the catalogue's order, from 1.
    pub number: i64,
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    /// Minor units, for one piece.
    pub price: i64,
    /// How many can be bought now.
    pub quantity: i64,
    /// Whether it is sold: false once it is retired.
    pub active: bool,
    pub created_at: String,
}

/// A product to add.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(max_length = 4_000)]
    pub description: Option<String>,
    /// Minor units, for one piece.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub price: i64,
    /// How many can be bought.
    #[schema(
        required = false,
        nullable,
        minimum = 0,
        maximum = 1_000_000_000,
        default = 1
    )]
    pub quantity: i64,
}

/// Changes to a product. Missing fields stay as they are.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductChange {
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Null removes it.
    #[schema(value_type = Option<String>, max_length = 4_000)]
    pub description: Option<Option<String>>,
    /// Minor units, for one piece. Existing orders keep their prices.
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub price: Option<i64>,
    /// How many can be bought from now on, besides those that are reserved.
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000_000)]
    pub quantity: Option<i64>,
    /// False retires it: it can no longer be ordered. Existing orders keep their items.
    #[schema(nullable = false)]
    pub active: Option<bool>,
}

/// Which products of the catalogue to list.
#[derive(Debug)]
pub struct ProductFilter {
    /// Those that are sold, or those that are retired.
    pub active: bool,
    /// Only those that can be bought now.
    pub available: bool,
    /// Only those whose name has every word of this folded text, wherever.
    pub text: Option<String>,
}

/// The name and price of a product.
#[derive(Debug, Deserialize)]
pub struct Price {
    pub id: Uuid,
    pub name: String,
    /// Minor units, for one piece.
    pub price: i64,
}

/// The result of a request to reserve items.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReserveOutcome {
    Reserved,
    /// The order was reserved before, with the same items.
    Repeated,
    OutOfStock {
        lines: Vec<ShortLine>,
    },
    ProductNotFound {
        lines: Vec<UnknownLine>,
    },
    /// The order has a reservation of other items.
    ReservationMismatch,
    AlreadyCompensated,
}

/// An item of which fewer pieces are left than requested.
#[derive(Debug, Deserialize)]
pub struct ShortLine {
    /// The item's place in the request, from 0.
    pub place: usize,
    pub left: i64,
}

/// An item whose product does not exist or is retired.
#[derive(Debug, Deserialize)]
pub struct UnknownLine {
    /// The item's place in the request, from 0.
    pub place: usize,
}

/// Everything in numbers.
#[derive(Debug, Deserialize)]
pub struct Totals {
    pub products: f64,
    pub available: f64,
    /// Pieces.
    pub stocked: f64,
    /// Pieces.
    pub reserved: f64,
    /// The number of orders by the status of their reservation.
    pub reservations: BTreeMap<String, f64>,
}

/// The sum of these items in minor units. It fits: at most 50 items of 1000 pieces at 10^12 each.
pub fn total(items: &[QuotedItem]) -> i64 {
    items
        .iter()
        .map(|item| item.unit_price.saturating_mul(i64::from(item.quantity)))
        .fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use contract::limits::{MAX_AMOUNT, MAX_ITEMS, MAX_QUANTITY};

    use super::*;

    fn item(unit_price: i64, quantity: i32) -> QuotedItem {
        QuotedItem {
            product_id: Uuid::nil(),
            name: "Tea".into(),
            unit_price,
            quantity,
        }
    }

    #[test]
    fn the_largest_total_is_exact() {
        let items = vec![item(MAX_AMOUNT, MAX_QUANTITY); MAX_ITEMS];
        assert_eq!(total(&items), 50_000_000_000_000_000);
        assert_eq!(total(&[item(150, 2), item(1, 1)]), 301);
    }
}
