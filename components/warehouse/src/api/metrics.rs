//! `/internal/warehouse/metrics`.

use axum::extract::State;
use service::{Problem, Service, identity::caller::Operator, telemetry::metrics::Metrics};

use crate::store;

pub async fn show(_: Operator, State(service): State<Service>) -> Result<Metrics, Problem> {
    let totals = store::totals(service.database()).await?;
    let metrics = Metrics::new()
        .gauge(
            "zakaz_warehouse_products",
            "Products in the catalogue",
            totals.products,
        )
        .gauge(
            "zakaz_warehouse_products_available",
            "Products of which at least one piece can be bought",
            totals.available,
        )
        .gauge(
            "zakaz_warehouse_stocked_pieces",
            "Pieces in stock, reserved or not",
            totals.stocked,
        )
        .gauge(
            "zakaz_warehouse_reserved_pieces",
            "Pieces that are reserved by orders",
            totals.reserved,
        )
        .labelled_gauge(
            "zakaz_warehouse_reservations",
            "Orders by the status of their item reservation",
            "status",
            totals.reservations,
        );
    Ok(metrics)
}
