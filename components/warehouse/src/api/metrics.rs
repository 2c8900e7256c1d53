//! `/internal/warehouse/metrics`.

use axum::{extract::State, response::Response};
use prometheus_client::registry::Registry;
use service::{
    Problem, Service,
    identity::caller::Operator,
    telemetry::metrics::{self, gauge, gauges},
};

use crate::store;

pub async fn show(_: Operator, State(service): State<Service>) -> Result<Response, Problem> {
    let totals = store::totals(service.database()).await?;
    let mut registry = Registry::default();
    gauge(
        &mut registry,
        "zakaz_warehouse_products",
        "Products in the catalogue",
        totals.products,
    );
    gauge(
        &mut registry,
        "zakaz_warehouse_products_available",
        "Products of which at least one piece can be bought",
        totals.available,
    );
    gauge(
        &mut registry,
        "zakaz_warehouse_stocked_pieces",
        "Pieces in stock, reserved or not",
        totals.stocked,
    );
    gauge(
        &mut registry,
        "zakaz_warehouse_reserved_pieces",
        "Pieces that orders hold",
        totals.reserved,
    );
    gauges(
        &mut registry,
        "zakaz_warehouse_reservations",
        "Orders by the state of their item reservation",
        "status",
        totals.reservations,
    );
    metrics::answer(&registry)
}
