//! `/internal/auth/metrics`.

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
    gauges(
        &mut registry,
        "zakaz_auth_users",
        "Users by role",
        "role",
        totals.users,
    );
    gauge(
        &mut registry,
        "zakaz_auth_sessions",
        "Sessions whose refresh token is alive",
        totals.sessions,
    );
    gauge(
        &mut registry,
        "zakaz_auth_failed_logins",
        "Failed logins of the last 15 minutes that no success followed",
        totals.failed_logins,
    );
    gauge(
        &mut registry,
        "zakaz_auth_locked_logins",
        "Pairs of e-mail and client address that have failed too often just now",
        totals.locked_logins,
    );
    metrics::answer(&registry)
}
