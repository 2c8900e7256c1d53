//! The statements. The functions they call are in `migrations/delivery`.

use std::collections::BTreeMap;

use contract::delivery::{ReservationRequest, ReservationStatus};
use serde::Deserialize;
use service::{Database, database::DatabaseError, web::page::Page};
use uuid::Uuid;

use crate::domain::{Courier, DayAvailability, NewCourier, Period};

pub async fn create_courier(
    database: &Database,
    new: NewCourier,
) -> Result<Courier, DatabaseError> {
    let statement = "select create_courier($1, $2)";
    database
        .json(statement, &[Uuid::now_v7().into(), new.name.into()])
        .await
}

pub async fn courier(database: &Database, id: Uuid) -> Result<Option<Courier>, DatabaseError> {
    let statement = "select courier_document(courier) from couriers courier where id = $1";
    let found = database.json_rows(statement, &[id.into()]).await?;
    Ok(found.into_iter().next())
}

/// A page of the couriers, the newest first.
pub async fn couriers(
    database: &Database,
    page: &Page<i64>,
) -> Result<Vec<Courier>, DatabaseError> {
    let statement = "
        select courier_document(courier)
        from couriers courier
        where number < $1
        order by number desc
        limit $2";
    let before = page.after.unwrap_or(i64::MAX);
    database
        .json_rows(statement, &[before.into(), page.fetch().into()])
        .await
}

/// How many couriers are free on each date, in order.
pub async fn availability(
    database: &Database,
    period: &Period,
) -> Result<Vec<DayAvailability>, DatabaseError> {
    let statement = "select availability($1, $2)";
    database
        .json_rows(statement, &[period.from.into(), period.to.into()])
        .await
}

#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum ReserveOutcome {
    Reserved {
        courier_id: Uuid,
    },
    /// It was reserved before, for the same date and with the same wish.
    Repeated {
        courier_id: Uuid,
    },
    NoCourierAvailable,
    CourierNotFound,
    ReservationMismatch,
    AlreadyCompensated,
}

/// Takes a courier for an order.
pub async fn reserve(
    database: &Database,
    order: Uuid,
    request: &ReservationRequest,
) -> Result<ReserveOutcome, DatabaseError> {
    let parameters = [order.into(), request.date.into(), request.courier_id.into()];
    database
        .json("select reserve($1, $2, $3)", &parameters)
        .await
}

/// Lets an order's courier go, or sees to it that none can ever be taken.
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
    pub couriers: f64,
    /// How many orders, by the state of their reservation.
    pub reservations: BTreeMap<String, f64>,
}

/// All of one moment.
pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    let statement = "
        select jsonb_build_object(
            'couriers', (select count(*) from couriers),
            'reservations', (
                select jsonb_object_agg(status, coalesce(count, 0))
                from unnest(array['RESERVED', 'RELEASED', 'VOID']) as status
                left join (
                    select status, count(*) as count from reservations group by status
                ) found using (status)
            )
        )";
    database.json(statement, &[]).await
}
