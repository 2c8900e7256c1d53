//! `/internal/billing/metrics`.

use axum::extract::State;
use service::{Problem, Service, identity::caller::Operator, telemetry::metrics::Metrics};

use crate::store;

pub async fn show(_: Operator, State(service): State<Service>) -> Result<Metrics, Problem> {
    let totals = store::totals(service.database()).await?;
    let metrics = Metrics::new()
        .gauge("zakaz_billing_wallets", "Wallets", totals.wallets)
        .gauge(
            "zakaz_billing_balance_minor_units",
            "Money in all wallets, in minor units: the ledger's, and what the audit found that wallets differ by",
            totals.balance,
        )
        .labelled_gauge(
            "zakaz_billing_ledger_minor_units",
            "Sums of the ledger's entries, in minor units; deposits less charges plus refunds are the balance",
            "type",
            totals.ledger,
        )
        .labelled_gauge(
            "zakaz_billing_charges",
            "Orders by the status of their charge",
            "status",
            totals.charges,
        )
        .labelled_gauge(
            "zakaz_billing_charges_minor_units",
            "Sums of the charges by status, in minor units; CHARGED is the ledger's charges less its refunds",
            "status",
            totals.charged,
        )
        .labelled_gauge(
            "zakaz_billing_audit_findings",
            "Wallets and charges that were found to differ from the ledger's entries",
            "kind",
            totals.findings,
        );
    Ok(metrics)
}
