//! Whether a component is alive, and whether it is ready to serve.

use axum::{extract::State, response::IntoResponse};
use http::header;

use crate::{
    currency::Currency,
    database::column,
    domain::Domain,
    state::Service,
    web::{confirmed_currency::confirm, problem::Problem},
};

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// `GET /api/<name>/healthz`: the component is alive. Uses neither the database nor any variable.
pub async fn healthz() -> impl IntoResponse {
    plain("ok\n")
}

/// `GET /api/<name>/readyz`: the database answers and has the newest migration that this build knows;
/// otherwise 503.
pub async fn readyz(State(service): State<Service>) -> Result<impl IntoResponse, Problem> {
    let applied = applied_migration(&service).await?;
    let known = newest_known(service.domain());
    if applied < known {
        return Err(Problem::unavailable(
            "DATABASE_BEHIND",
            format!("The database is at migration {applied}, but this build needs {known}."),
            5,
        ));
    }
    Ok(plain("ready\n"))
}

/// The same, of a service with amounts of money: the variable `currency` is also that of the database.
pub async fn priced_readyz(
    State(service): State<Service>,
    State(currency): State<Currency>,
) -> Result<impl IntoResponse, Problem> {
    let ready = readyz(State(service.clone())).await?;
    confirm(&service, &currency).await?;
    Ok(ready)
}

/// The version of the newest migration that this build knows.
pub fn newest_known(domain: Domain) -> i64 {
    newest_migration(domain.name())
}

async fn applied_migration(service: &Service) -> Result<i64, Problem> {
    let statement = "
        select coalesce(max(version), 0)::bigint as version
        from _sqlx_migrations
        where success";
    let row = service.database().row(statement, &[]).await?;
    match row {
        Some(row) => Ok(column(&row, "version")?),
        None => Ok(0),
    }
}

fn plain(text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}
