//! What the warehouse is about.

use contract::warehouse::QuotedItem;
use serde::Serialize;
use service::Currency;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::StoredProduct;

/// The most characters of a description.
pub const MAX_DESCRIPTION: usize = 4_000;
/// The most pieces of a product that an admin can offer.
pub const MAX_STOCK: i64 = 1_000_000_000;

/// A product of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    pub id: Uuid,
    pub name: String,
    #[schema(required = true)]
    pub description: Option<String>,
    /// Minor units, for one piece.
    pub price: i64,
    pub currency: Currency,
    /// How many can be bought now.
    #[schema(minimum = 0)]
    pub quantity: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl Product {
    pub fn new(stored: StoredProduct, currency: Currency) -> Self {
        Self {
            id: stored.id,
            name: stored.name,
            description: stored.description,
            price: stored.price,
            currency,
            quantity: stored.quantity,
            created_at: stored.created_at,
        }
    }
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

/// What is to change about a product.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductChange {
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Null takes it away.
    #[schema(value_type = Option<String>, max_length = 4_000)]
    pub description: Option<Option<String>>,
    /// Minor units, for one piece. Orders that are there keep theirs.
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub price: Option<i64>,
    /// How many can be bought from now on, besides those that orders hold.
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000_000)]
    pub quantity: Option<i64>,
}

/// A text as searches compare it: without its case, in any script.
pub fn fold(text: &str) -> String {
    // Letter by letter: a lower-case sigma looks different at the end of a word.
    text.chars().flat_map(char::to_lowercase).collect()
}

/// What these cost together, in minor units. At most 50 items of 1000 pieces of 10^12, so it fits.
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
    fn case_is_folded_in_any_script() {
        assert_eq!(fold("Ёлка ÅB ΟΔΟΣ"), "ёлка åb οδοσ");
    }

    #[test]
    fn the_largest_total_is_exact() {
        let items = vec![item(MAX_AMOUNT, MAX_QUANTITY); MAX_ITEMS];
        assert_eq!(total(&items), 50_000_000_000_000_000);
        assert_eq!(total(&[item(150, 2), item(1, 1)]), 301);
    }
}
