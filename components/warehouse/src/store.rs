//! The statements. The functions they call are in `migrations/warehouse`.

use std::collections::{BTreeMap, HashMap};

use contract::warehouse::{Item, ReservationStatus};
use serde::{Deserialize, Serialize};
use service::{Database, database::DatabaseError, web::page::Page};
use spin_sdk::pg::ParameterValue;
use uuid::Uuid;

use crate::domain::{NewProduct, ProductChange, fold};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredProduct {
    /// Its place in the catalogue's order, from 1.
    pub number: i64,
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub price: i64,
    /// What can be bought.
    pub quantity: i64,
    pub created_at: String,
}

pub async fn create_product(
    database: &Database,
    new: NewProduct,
) -> Result<StoredProduct, DatabaseError> {
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

/// The changed product; `None` when there is no such.
pub async fn change_product(
    database: &Database,
    id: Uuid,
    change: ProductChange,
) -> Result<Option<StoredProduct>, DatabaseError> {
    let statement = "select change_product($1, $2, $3, $4, $5, $6, $7)";
    let folded = change.name.as_deref().map(fold);
    let parameters = [
        id.into(),
        change.name.into(),
        folded.into(),
        change.description.is_some().into(),
        change.description.flatten().into(),
        change.price.into(),
        change.quantity.into(),
    ];
    database.json(statement, &parameters).await
}

pub async fn product(
    database: &Database,
    id: Uuid,
) -> Result<Option<StoredProduct>, DatabaseError> {
    let statement = "select product_document(product) from products product where id = $1";
    let found = database.json_rows(statement, &[id.into()]).await?;
    Ok(found.into_iter().next())
}

/// Which products of the catalogue are wanted.
pub struct Filter {
    /// Only those that can be bought now.
    pub available: bool,
    /// Only those whose name holds this, whatever its case.
    pub text: Option<String>,
}

/// A page of the catalogue, the newest product first.
pub async fn products(
    database: &Database,
    filter: &Filter,
    page: &Page<i64>,
) -> Result<Vec<StoredProduct>, DatabaseError> {
    let mut parameters = vec![page.after.unwrap_or(i64::MAX).into(), page.fetch().into()];
    parameters.extend(filter.text.as_deref().map(|text| fold(text).into()));
    database
        .json_rows(&products_statement(filter), &parameters)
        .await
}

/// Conditions that are not asked for are left out, so that each statement has its own index.
fn products_statement(filter: &Filter) -> String {
    let available = if filter.available {
        "and stocked > reserved"
    } else {
        ""
    };
    let text = if filter.text.is_some() {
        "and strpos(folded_name, $3) > 0"
    } else {
        ""
    };
    format!(
        "select product_document(product)
        from products product
        where number < $1 {available} {text}
        order by number desc
        limit $2"
    )
}

#[derive(Debug, Deserialize)]
pub struct Price {
    id: Uuid,
    pub name: String,
    pub price: i64,
}

/// The prices of those of these products that exist.
pub async fn prices(
    database: &Database,
    items: &[Item],
) -> Result<HashMap<Uuid, Price>, DatabaseError> {
    let ids: Vec<_> = items.iter().map(|item| item.product_id).collect();
    let prices: Vec<Price> = database.json("select prices($1)", &[jsonb(&ids)?]).await?;
    Ok(prices.into_iter().map(|price| (price.id, price)).collect())
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReserveOutcome {
    Reserved,
    /// It was reserved before, with the same items.
    Repeated,
    OutOfStock {
        lines: Vec<LackingLine>,
    },
    ProductNotFound {
        lines: Vec<MissingLine>,
    },
    /// The order holds other items.
    ReservationMismatch,
    AlreadyCompensated,
}

#[derive(Debug, Deserialize)]
pub struct LackingLine {
    /// The item's place in the request, from 0.
    pub place: usize,
    pub left: i64,
}

#[derive(Debug, Deserialize)]
pub struct MissingLine {
    /// The item's place in the request, from 0.
    pub place: usize,
}

/// Holds an order's items, all or none.
pub async fn reserve(
    database: &Database,
    order: Uuid,
    items: &[Item],
) -> Result<ReserveOutcome, DatabaseError> {
    database
        .json("select reserve($1, $2)", &[order.into(), jsonb(items)?])
        .await
}

/// Lets an order's items go, or sees to it that they can never be held.
pub async fn release(database: &Database, order: Uuid) -> Result<ReservationStatus, DatabaseError> {
    // The outcome is told by the number of rows, which costs half of what a value does.
    let statement = "
        select from generate_series(1, array_position(array['RELEASED', 'VOID'], release($1)))";
    match database.count(statement, &[order.into()]).await? {
        1 => Ok(ReservationStatus::Released),
        2 => Ok(ReservationStatus::Void),
        rows => Err(DatabaseError::Unexpected(format!(
            "{rows} rows for a release"
        ))),
    }
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
    /// How many orders, by the state of their reservation.
    pub reservations: BTreeMap<String, f64>,
}

/// All of one moment.
pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    let statement = "
        select jsonb_build_object(
            'products', count(*),
            'available', count(*) filter (where stocked > reserved),
            'stocked', coalesce(sum(stocked), 0),
            'reserved', coalesce(sum(reserved), 0),
            'reservations', (
                select jsonb_object_agg(status, coalesce(count, 0))
                from unnest(array['RESERVED', 'RELEASED', 'VOID']) as status
                left join (
                    select status, count(*) as count from reservations group by status
                ) found using (status)
            )
        )
        from products";
    database.json(statement, &[]).await
}

fn jsonb<T: Serialize + ?Sized>(value: &T) -> Result<ParameterValue, DatabaseError> {
    let bytes = serde_json::to_vec(value);
    let bytes = bytes.map_err(|error| DatabaseError::Unexpected(error.to_string()))?;
    Ok(ParameterValue::Jsonb(bytes))
}

#[cfg(test)]
mod tests {
    use postgres_server::ThrowawayDatabase;

    use super::*;

    /// A catalogue whose newest products are all sold out goes by the index of the available ones.
    #[tokio::test]
    async fn every_list_goes_by_the_index_of_its_order() {
        let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/warehouse");
        let database = ThrowawayDatabase::new(migrations).await.unwrap();
        let client = database.connect().await.unwrap();
        let fill = "
            insert into products (id, name, folded_name, price, stocked, reserved)
            select gen_random_uuid(), 'Tea', 'tea', 100, 1, case when number > 1000 then 1 else 0 end
            from generate_series(1, 20000) number;
            analyze;";
        client.batch_execute(fill).await.unwrap();
        for (available, text, index) in [
            (false, None, "products_number_key"),
            (false, Some("tea".to_owned()), "products_number_key"),
            (true, None, "products_available"),
            (true, Some("tea".to_owned()), "products_available"),
        ] {
            let statement = products_statement(&Filter { available, text });
            let values = statement
                .replace("$1", &i64::MAX.to_string())
                .replace("$2", "21")
                .replace("$3", "'tea'");
            let plan = client.query(&format!("explain {values}"), &[]).await;
            let plan: Vec<String> = plan.unwrap().iter().map(|line| line.get(0)).collect();
            let plan = plan.join("\n");
            assert!(
                plan.contains(&format!("Index Scan Backward using {index} ")),
                "{plan}"
            );
            assert!(!plan.contains("Sort"), "{plan}");
        }
    }
}
