//! `/internal/delivery/metrics`.

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
        "zakaz_delivery_couriers",
        "Couriers",
        totals.couriers,
    );
    gauges(
        &mut registry,
        "zakaz_delivery_reservations",
        "Orders by the state of their courier reservation",
        "status",
        totals.reservations,
    );
    metrics::answer(&registry)
}
