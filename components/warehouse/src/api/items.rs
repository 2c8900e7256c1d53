//! The items of quotes and reservations, and the problems about them.

use std::collections::HashSet;

use contract::{
    limits::{MAX_ITEMS, MAX_QUANTITY},
    warehouse::{Item, ItemsRequest, Refusal},
};
use service::{
    Problem,
    web::{problem::FieldError, rule},
};

/// Reads `{items: [{productId, quantity}]}`, each product once.
pub fn read(body: &service::Json) -> Result<ItemsRequest, Problem> {
    body.read(|form| {
        let quantity = 1..=i64::from(MAX_QUANTITY);
        let items = form.list("items", 1..=MAX_ITEMS, |item| Item {
            product_id: item.required("productId", rule::uuid),
            // An integer out of range is reported by the rule.
            quantity: i32::try_from(item.required("quantity", rule::integer(quantity.clone())))
                .unwrap_or_default(),
        });
        let mut seen = HashSet::new();
        for (place, item) in items.iter().enumerate() {
            if !item.product_id.is_nil() && !seen.insert(item.product_id) {
                form.add_error(format!("items/{place}/productId"), "Occurs twice.");
            }
        }
        ItemsRequest { items }
    })
}

/// 409: the products of these items do not exist or are retired.
pub fn not_found<'a>(items: impl IntoIterator<Item = (usize, &'a Item)>) -> Problem {
    let errors = items.into_iter().map(|(place, item)| FieldError {
        pointer: pointer(place),
        detail: format!(
            "Product {} does not exist or is no longer sold.",
            item.product_id
        ),
    });
    Problem::conflict(
        Refusal::ProductNotFound.code(),
        "At least one product does not exist or is no longer sold.",
    )
    .with_errors(errors.collect())
}

/// 409: of these items fewer pieces are left than requested; the number is what is left.
pub fn out_of_stock<'a>(items: impl IntoIterator<Item = (usize, &'a Item, i64)>) -> Problem {
    let errors = items.into_iter().map(|(place, item, left)| FieldError {
        pointer: pointer(place),
        detail: format!(
            "Of product {} {left} are left, but {} were requested.",
            item.product_id, item.quantity
        ),
    });
    Problem::conflict(
        Refusal::OutOfStock.code(),
        "At least one product is out of stock in the requested quantity; nothing was reserved.",
    )
    .with_errors(errors.collect())
}

fn pointer(place: usize) -> String {
    format!("/items/{place}/productId")
}
