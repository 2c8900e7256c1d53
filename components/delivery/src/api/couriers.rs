//! `/api/delivery/couriers`.

use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use service::{
    Problem, Service,
    identity::caller::Admin,
    web::{
        openapi::{AdminOnly, NotFound},
        page::{Listing, Page, PageQuery},
        path::PathId,
        rule,
    },
};

use crate::{
    domain::{Courier, CourierChange, NewCourier},
    store,
};

/// Add a courier
#[utoipa::path(
    post,
    path = "/api/delivery/couriers",
    tag = "delivery",
    operation_id = "createCourier",
    security(("accessToken" = [])),
    request_body = NewCourier,
    responses(
        (status = 201, description = "The courier, free on every date.", body = Courier,
            headers(("Location" = String, description = "The courier's path."))),
        AdminOnly,
    )
)]
pub async fn create(
    _: Admin,
    State(service): State<Service>,
    body: service::Json,
) -> Result<impl IntoResponse, Problem> {
    let new = body.read(|form| NewCourier {
        name: form.required("name", rule::text(1..=200)),
    })?;
    let courier = store::create_courier(service.database(), new).await?;
    let location = format!("/api/delivery/couriers/{}", courier.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(courier),
    ))
}

/// List the couriers
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/api/delivery/couriers",
    tag = "delivery",
    operation_id = "listCouriers",
    security(("accessToken" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "A page of couriers.", body = Listing<Courier>),
        AdminOnly,
    )
)]
pub async fn list(
    _: Admin,
    State(service): State<Service>,
    page: Page<i64>,
) -> Result<Json<Listing<Courier>>, Problem> {
    let couriers = store::couriers(service.database(), &page).await?;
    Ok(Json(page.listing(couriers, |courier| courier.number)))
}

/// Show a courier
#[utoipa::path(
    get,
    path = "/api/delivery/couriers/{id}",
    tag = "delivery",
    operation_id = "showCourier",
    security(("accessToken" = [])),
    params(("id" = Uuid, Path, description = "The courier's id.")),
    responses(
        (status = 200, description = "The courier.", body = Courier),
        AdminOnly,
        NotFound,
    )
)]
pub async fn show(
    _: Admin,
    PathId(id): PathId,
    State(service): State<Service>,
) -> Result<Json<Courier>, Problem> {
    let courier = store::courier(service.database(), id).await?;
    courier.map(Json).ok_or_else(Problem::not_found)
}

/// Change a courier
///
/// Missing fields stay as they are.
#[utoipa::path(
    patch,
    path = "/api/delivery/couriers/{id}",
    tag = "delivery",
    operation_id = "changeCourier",
    security(("accessToken" = [])),
    params(("id" = Uuid, Path, description = "The courier's id.")),
    request_body = CourierChange,
    responses(
        (status = 200, description = "The courier as it is now.", body = Courier),
        AdminOnly,
        NotFound,
    )
)]
pub async fn change(
    _: Admin,
    PathId(id): PathId,
    State(service): State<Service>,
    body: service::Json,
) -> Result<Json<Courier>, Problem> {
    let change = body.read(|form| CourierChange {
        name: form.patch("name", rule::text(1..=200)),
        active: form.patch("active", rule::boolean),
    })?;
    let courier = store::change_courier(service.database(), id, change).await?;
    courier.map(Json).ok_or_else(Problem::not_found)
}
