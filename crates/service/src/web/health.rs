//! Whether a component is alive, and whether it is ready to serve.

use axum::{extract::State, response::IntoResponse};
use http::header;

use crate::{
    currency::Currency,
    database::column,
    domain::Domain,
    identity::token::now,
    state::Service,
    telemetry::log,
    web::{confirmed_currency::confirm, problem::Problem},
};

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// `GET /api/<name>/healthz`: the component is alive. Uses neither the database nor any variable.
pub async fn healthz() -> impl IntoResponse {
    plain("ok\n")
}

/// By how many seconds this host's clock may differ from the database's. Tokens are judged by the host's clock, and an
/// access token lasts 15 minutes.
const CLOCK_TOLERANCE: i64 = 60;

/// `GET /api/<name>/readyz`: the database answers and has the newest migration that this build knows, and this host's clock
/// is about the database's; otherwise 503.
pub async fn readyz(State(service): State<Service>) -> Result<impl IntoResponse, Problem> {
    let (applied, database_time) = state_of_database(&service).await?;
    let known = newest_known(service.domain());
    if applied < known {
        return Err(Problem::unavailable(
            "DATABASE_BEHIND",
            format!("The database is at migration {applied}, but this build needs {known}."),
            5,
        ));
    }
    let ahead = now().saturating_sub(database_time);
    if ahead.abs() > CLOCK_TOLERANCE {
        let seconds = ahead.abs();
        let direction = if ahead > 0 { "ahead of" } else { "behind" };
        log::error(
            "the clock of this host is wrong, or the database's is",
            &[("seconds_ahead", &ahead)],
        );
        return Err(Problem::unavailable(
            "CLOCKS_DIFFER",
            format!("The clock of this host is {seconds} s {direction} the database's."),
            60,
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

/// The version of the newest migration that was applied, and the time in seconds since 1970.
async fn state_of_database(service: &Service) -> Result<(i64, i64), Problem> {
    let statement = "
        select coalesce(max(version), 0)::bigint as version,
            extract(epoch from clock_timestamp())::bigint as time
        from _sqlx_migrations
        where success";
    let row = service.database().row(statement, &[]).await?;
    let row = row.ok_or_else(|| Problem::internal("an aggregate without a row"))?;
    Ok((column(&row, "version")?, column(&row, "time")?))
}

fn plain(text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}
