//! `/internal/auth/metrics`.

use axum::extract::State;
use service::{Problem, Service, identity::caller::Operator, telemetry::metrics::Metrics};

use crate::store;

pub async fn show(_: Operator, State(service): State<Service>) -> Result<Metrics, Problem> {
    let totals = store::totals(service.database()).await?;
    let metrics = Metrics::new()
        .labelled_gauge("zakaz_auth_users", "Users by role", "role", totals.users)
        .gauge(
            "zakaz_auth_sessions",
            "Sessions that have not ended",
            totals.sessions,
        )
        .gauge(
            "zakaz_auth_failed_logins",
            "Failed logins of the last 15 minutes that no success followed",
            totals.failed_logins,
        )
        .gauge(
            "zakaz_auth_locked_logins",
            "Pairs of e-mail and client network that are locked at present",
            totals.locked_logins,
        );
    Ok(metrics)
}
