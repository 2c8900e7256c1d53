//! The statements. The functions that they call are in `migrations/warehouse/functions`.

use std::collections::HashMap;

use contract::{
    reservation::{Release, ReservationStatus},
    warehouse::Item,
};
use service::{
    Database,
    database::{DatabaseError, Page, jsonb},
};
use uuid::Uuid;

use crate::{
    domain::{NewProduct, Price, Product, ProductChange, ProductFilter, ReserveOutcome, Totals},
    search::fold,
};

/// Adds a product and returns it.
pub async fn create_product(
    database: &Database,
    new: NewProduct,
) -> Result<Product, DatabaseError> {
    let statement = "select create_product($1, $2, $3, $4, $5, $6)";
    let folded = fold(&new.name);
    let parameters = [
        Uuid::now_v7().into(),
        new.name.into(),
        folded.into(),
        new.description.into(),
        new.price.into(),
        new.quantity.into(),
    ];
    database.json(statement, &parameters).await
}

/// Changes a product and returns it; `None` when it does not exist.
pub async fn change_product(
    database: &Database,
    id: Uuid,
    change: ProductChange,
) -> Result<Option<Product>, DatabaseError> {
    let statement = "select update_product($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let folded = change.name.as_deref().map(fold);
    let parameters = [
        // The change's own id: it is made once.
        Uuid::now_v7().into(),
        id.into(),
        change.name.into(),
        folded.into(),
        change.description.is_some().into(),
        change.description.flatten().into(),
        change.price.into(),
        change.quantity.into(),
        change.active.into(),
    ];
    database.json(statement, &parameters).await
}

/// The product with this id, if it exists.
pub async fn product(database: &Database, id: Uuid) -> Result<Option<Product>, DatabaseError> {
    let statement = "select product_document(product) from products product where id = $1";
    let found = database.json_rows(statement, &[id.into()]).await?;
    Ok(found.into_iter().next())
}

/// A page of the catalogue, newest product first.
pub async fn products(
    database: &Database,
    filter: &ProductFilter,
    page: &Page<i64>,
) -> Result<Vec<Product>, DatabaseError> {
    let before = page.after.unwrap_or(i64::MAX).into();
    let limit = page.read_limit().into();
    match filter.text.clone() {
        Some(text) => {
            let statement = "select search_products($1, $2, $3, $4, $5)";
            let parameters = [
                text.into(),
                filter.active.into(),
                filter.available.into(),
                before,
                limit,
            ];
            database.json_rows(statement, &parameters).await
        }
        None => {
            let statement = list_statement(filter.active, filter.available);
            database.json_rows(&statement, &[before, limit]).await
        }
    }
}

/// Only the requested conditions are in the statement, so that each statement uses its own index.
fn list_statement(active: bool, available: bool) -> String {
    let active = if active { "active" } else { "not active" };
    let available = if available {
        "and stocked > reserved"
    } else {
        ""
    };
    format!(
        "select product_document(product)
        from products product
        where {active} and number < $1 {available}
        order by number desc
        limit $2"
    )
}

/// The prices of these products; unknown and retired products are missing.
pub async fn prices(
    database: &Database,
    items: &[Item],
) -> Result<HashMap<Uuid, Price>, DatabaseError> {
    let ids: Vec<_> = items.iter().map(|item| item.product_id).collect();
    let prices: Vec<Price> = database.json("select prices($1)", &[jsonb(&ids)?]).await?;
    Ok(prices.into_iter().map(|price| (price.id, price)).collect())
}

/// Reserves an order's items, all or none.
pub async fn reserve(
    database: &Database,
    order: Uuid,
    items: &[Item],
) -> Result<ReserveOutcome, DatabaseError> {
    database
        .json("select reserve($1, $2)", &[order.into(), jsonb(items)?])
        .await
}

/// Releases an order's items. If none are reserved, a later reservation of the order is refused.
pub async fn release(database: &Database, order: Uuid) -> Result<ReservationStatus, DatabaseError> {
    // Delivery has similar statements: each service reads only its own tables.
    database
        .outcome("release($1)", &[order.into()], &Release::OUTCOMES)
        .await
}

/// All totals at one moment.
pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    database.totals().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The newest products of this catalogue are all sold out, and every other one is retired, so that a wrong index
    /// would read many of them.
    #[tokio::test]
    async fn every_list_uses_the_index_of_its_order() {
        let [db] = sql_tests::connect("warehouse").await;
        let fill = "
            insert into products (id, name, folded_name, price, stocked, reserved, active)
            select gen_random_uuid(), 'Tea', 'tea', 100, 1, case when number > 1000 then 1 else 0 end, number % 2 = 0
            from generate_series(1, 20000) number;
            analyze;";
        db.run(fill).await;
        for (active, available, index) in [
            (true, false, "products_sold"),
            (true, true, "products_available"),
            (false, false, "products_retired"),
        ] {
            let values = list_statement(active, available)
                .replace("$1", &i64::MAX.to_string())
                .replace("$2", "21");
            let plan: Vec<String> = db.values(&format!("explain {values}"), &[]).await;
            let plan = plan.join("\n");
            assert!(
                plan.contains(&format!("Index Scan Backward using {index} ")),
                "{plan}"
            );
            assert!(!plan.contains("Sort") && !plan.contains("Filter"), "{plan}");
        }
    }
}
