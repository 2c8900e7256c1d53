//! Statements about orders.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use service::{
    Currency, Database,
    database::{Created, DatabaseError, Page, column, jsonb},
};
use spin_sdk::pg::ParameterValue;
use uuid::Uuid;

use super::{
    Lease,
    sagas::{Claim, Trace},
};
use crate::domain::{Change, Instant, Item, OrderFilter, OrderRecord};

/// An order that was placed with a key.
#[derive(Debug)]
pub struct KeyedOrder {
    pub id: Uuid,
    pub fingerprint: String,
}

/// The order that the customer placed with this key, if any.
pub async fn find_by_key(
    database: &Database,
    user: Uuid,
    key: &str,
) -> Result<Option<KeyedOrder>, DatabaseError> {
    let statement = "
        select id::text as id, fingerprint
        from orders
        where user_id = $1 and idempotency_key = $2";
    let parameters = [user.into(), key.to_owned().into()];
    let Some(row) = database.row(statement, &parameters).await? else {
        return Ok(None);
    };
    Ok(Some(KeyedOrder {
        id: parse_id(&column::<String>(&row, "id")?)?,
        fingerprint: column(&row, "fingerprint")?,
    }))
}

/// What is known of an order before it is placed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts<'a> {
    pub items: &'a [Item],
    pub currency: &'a Currency,
    pub delivery_date: NaiveDate,
    pub courier_id: Option<Uuid>,
    #[serde(flatten)]
    pub trace: Trace,
}

/// An order about to be placed.
pub struct Placement<'a> {
    pub id: Uuid,
    pub user: Uuid,
    /// The client's key and the fingerprint of the body.
    pub key: Option<(String, String)>,
    pub facts: Facts<'a>,
    pub change: Change<'a>,
    /// The lease of the saga's first driver.
    pub lease: Lease,
}

/// The outcome of placing an order.
pub enum PlaceOutcome {
    Placed(Instant),
    /// The key was used for this order before.
    Replayed(Uuid),
    /// The key was used for another body.
    KeyReused,
    /// The delivery date is over or too far ahead; nothing was written.
    NotDeliverable,
}

pub async fn place(
    database: &Database,
    placement: Placement<'_>,
) -> Result<PlaceOutcome, DatabaseError> {
    let statement = "
        select outcome, order_id, created_at_ms
        from place_order($1, $2, $3, $4, $5, $6, $7, $8)";
    let (key, fingerprint) = placement.key.unzip();
    let parameters = [
        placement.id.into(),
        placement.user.into(),
        key.into(),
        fingerprint.into(),
        jsonb(&placement.facts)?,
        jsonb(&placement.change)?,
        placement.lease.owner.into(),
        placement.lease.duration_ms.into(),
    ];
    let row = database.row(statement, &parameters).await?;
    let row = row.ok_or_else(|| DatabaseError::Unexpected("no row".into()))?;
    match column::<String>(&row, "outcome")?.as_str() {
        "PLACED" => Ok(PlaceOutcome::Placed(Instant(column(
            &row,
            "created_at_ms",
        )?))),
        "REPLAYED" => {
            let id = column::<String>(&row, "order_id")?;
            Ok(PlaceOutcome::Replayed(parse_id(&id)?))
        }
        "KEY_REUSED" => Ok(PlaceOutcome::KeyReused),
        "NOT_DELIVERABLE" => Ok(PlaceOutcome::NotDeliverable),
        other => Err(DatabaseError::Unexpected(format!("outcome `{other}`"))),
    }
}

/// The customer's own order, if there is such a one.
pub async fn read(
    database: &Database,
    user: Uuid,
    id: Uuid,
) -> Result<Option<OrderRecord>, DatabaseError> {
    let statement = "
        select order_record(o, s)
        from orders as o
        join sagas as s on s.order_id = o.id
        where o.id = $1 and o.user_id = $2";
    let parameters = [id.into(), user.into()];
    let orders = database.json_rows(statement, &parameters).await?;
    Ok(orders.into_iter().next())
}

/// Anyone's order, if there is such a one.
pub async fn read_any(database: &Database, id: Uuid) -> Result<Option<OrderRecord>, DatabaseError> {
    let statement = "
        select order_record(o, s)
        from orders as o
        join sagas as s on s.order_id = o.id
        where o.id = $1";
    let orders = database.json_rows(statement, &[id.into()]).await?;
    Ok(orders.into_iter().next())
}

/// A page of orders, the newest first.
pub async fn list(
    database: &Database,
    filter: &OrderFilter,
    page: &Page<Created>,
) -> Result<Vec<OrderRecord>, DatabaseError> {
    let mut before = page.after.unwrap_or(Created::LAST);
    if let Some(end) = filter.created_before {
        before = before.min(Created::before(end));
    }
    let mut parameters: Vec<ParameterValue> =
        vec![before.at.into(), before.id.into(), page.read_limit().into()];
    parameters.extend(filter.user.map(Into::into));
    let status = filter.status.as_ref();
    parameters.extend(status.map(|status| status.code().to_owned().into()));
    parameters.extend(filter.created_from.map(Into::into));
    database
        .json_rows(&list_statement(filter), &parameters)
        .await
}

/// Only the requested conditions are in the statement, so that each statement uses its own index.
pub(super) fn list_statement(filter: &OrderFilter) -> String {
    let wanted = [
        (filter.user.is_some(), "o.user_id ="),
        (filter.status.is_some(), "o.status ="),
        (filter.created_from.is_some(), "o.created_at >= instant"),
    ];
    let wanted = wanted.iter().filter(|(wanted, _)| *wanted);
    let conditions: String = wanted
        .zip(4..)
        .map(|((_, condition), parameter)| format!(" and {condition} (${parameter})"))
        .collect();
    format!(
        "select order_record(o, s)
        from orders as o
        join sagas as s on s.order_id = o.id
        where (o.created_at, o.id) < (instant($1), $2){conditions}
        order by o.created_at desc, o.id desc
        limit $3"
    )
}

/// The present date by the database's clock.
pub async fn today(database: &Database) -> Result<NaiveDate, DatabaseError> {
    database.json("select to_jsonb(today())", &[]).await
}

/// Who cancels an order.
#[derive(Clone, Copy, Debug)]
pub enum CancelledBy {
    /// The customer, whose id this is: only an own order, until the day before its delivery date.
    Customer(Uuid),
    Shop,
}

/// The outcome of a cancellation.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancelOutcome {
    /// There is no such order, or it is another customer's.
    NotFound,
    AlreadyCancelled,
    /// The delivery date has come.
    TooLate,
    /// Nothing has changed: decide on this state, because there was no change, or it was based on an older
    /// state.
    Decide(SagaVersion),
    Cancelled {
        order: Box<OrderRecord>,
        claim: Box<Claim>,
    },
}

/// A saga at one entry of its journal.
#[derive(Debug, Deserialize)]
pub struct SagaVersion {
    pub epoch: i64,
    pub seq: i32,
    pub saga: serde_json::Value,
    pub definition: i32,
    /// Milliseconds since the order was placed.
    pub elapsed: i64,
}

/// Cancels an order, if the change is based on the saga as it is.
pub async fn cancel(
    database: &Database,
    by: CancelledBy,
    id: Uuid,
    lease: Lease,
    decided: Option<(&SagaVersion, &Change<'_>)>,
) -> Result<CancelOutcome, DatabaseError> {
    let (epoch, seq, change) = match decided {
        Some((based_on, change)) => (based_on.epoch, based_on.seq, jsonb(change)?),
        None => (0, 0, ParameterValue::DbNull),
    };
    let mut parameters: Vec<ParameterValue> = vec![
        id.into(),
        lease.owner.into(),
        lease.duration_ms.into(),
        epoch.into(),
        seq.into(),
        change,
    ];
    let statement = match by {
        CancelledBy::Customer(user) => {
            parameters.push(user.into());
            "select cancel_order($1, $7, $2, $3, $4, $5, $6)"
        }
        CancelledBy::Shop => "select cancel_order_by_shop($1, $2, $3, $4, $5, $6)",
    };
    database.json(statement, &parameters).await
}

fn parse_id(text: &str) -> Result<Uuid, DatabaseError> {
    let id = text.parse::<Uuid>();
    id.map_err(|error| DatabaseError::Unexpected(error.to_string()))
}
