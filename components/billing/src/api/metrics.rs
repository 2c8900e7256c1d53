//! `/internal/billing/metrics`.

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
        "zakaz_billing_wallets",
        "Wallets",
        totals.wallets,
    );
    gauge(
        &mut registry,
        "zakaz_billing_balance_minor_units",
        "Money in all wallets, in minor units",
        totals.balance,
    );
    gauges(
        &mut registry,
        "zakaz_billing_ledger_minor_units",
        "Sums of the ledger's entries, in minor units; deposits less charges plus refunds are the balance",
        "type",
        totals.ledger,
    );
    gauges(
        &mut registry,
        "zakaz_billing_charges",
        "Orders by the state of their charge",
        "status",
        totals.charges,
    );
    gauges(
        &mut registry,
        "zakaz_billing_charges_minor_units",
        "Sums of the charges by state, in minor units; CHARGED is the ledger's charges less its refunds",
        "status",
        totals.charged,
    );
    metrics::answer(&registry)
}
