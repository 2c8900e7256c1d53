//! The statements. The functions that they call are in `migrations/delivery/functions`.

use chrono::NaiveDate;
use contract::{
    delivery::ReservationRequest,
    reservation::{Release, ReservationStatus},
};
use service::{
    Database,
    database::{DatabaseError, Page},
};
use uuid::Uuid;

use crate::domain::{
    Courier, CourierChange, DayAvailability, NewCourier, Period, ReserveOutcome, Totals,
};

/// Adds a courier and returns it.
pub async fn create_courier(
    database: &Database,
    new: NewCourier,
) -> Result<Courier, DatabaseError> {
    let statement = "select create_courier($1, $2)";
    database
        .json(statement, &[Uuid::now_v7().into(), new.name.into()])
        .await
}

/// Changes a courier and returns it; `None` when there is no such courier.
pub async fn change_courier(
    database: &Database,
    id: Uuid,
    change: CourierChange,
) -> Result<Option<Courier>, DatabaseError> {
    let statement = "select update_courier($1, $2, $3, $4)";
    let parameters = [
        // The change's own id: it is made once.
        Uuid::now_v7().into(),
        id.into(),
        change.name.into(),
        change.active.into(),
    ];
    database.json(statement, &parameters).await
}

/// The courier with this id, if there is one.
pub async fn courier(database: &Database, id: Uuid) -> Result<Option<Courier>, DatabaseError> {
    let statement = "select courier_document(courier) from couriers courier where id = $1";
    let found = database.json_rows(statement, &[id.into()]).await?;
    Ok(found.into_iter().next())
}

/// A page of the couriers, newest first.
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
        .json_rows(statement, &[before.into(), page.read_limit().into()])
        .await
}

/// The present date by the database's clock.
pub async fn today(database: &Database) -> Result<NaiveDate, DatabaseError> {
    database.json("select to_jsonb(today())", &[]).await
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

/// Reserves a courier for an order.
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

/// Releases an order's courier. If none is reserved, a later reservation of the order is refused.
pub async fn release(database: &Database, order: Uuid) -> Result<ReservationStatus, DatabaseError> {
    // The warehouse has similar statements: each service reads only its own tables.
    database
        .outcome("release($1)", &[order.into()], &Release::OUTCOMES)
        .await
}

/// All totals at one moment.
pub async fn totals(database: &Database) -> Result<Totals, DatabaseError> {
    database.totals().await
}
