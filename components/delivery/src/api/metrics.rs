//! `/internal/delivery/metrics`.

use axum::extract::State;
use service::{Problem, Service, identity::caller::Operator, telemetry::metrics::Metrics};

use crate::store;

pub async fn show(_: Operator, State(service): State<Service>) -> Result<Metrics, Problem> {
    let totals = store::totals(service.database()).await?;
    let metrics = Metrics::new()
        .gauge("zakaz_delivery_couriers", "Couriers", totals.couriers)
        .labelled_gauge(
            "zakaz_delivery_reservations",
            "Orders by the status of their courier reservation",
            "status",
            totals.reservations,
        );
    Ok(metrics)
}
