//! The currency of the variable, confirmed to be that of the amounts in the database.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use crate::{currency::Currency, state::Service, telemetry::log, web::problem::Problem};

/// The deployment's currency, which is the one in which the database's amounts are. Otherwise the request fails with 503
/// and changes nothing. A handler takes it after the caller, so that nobody else costs a statement.
#[derive(Clone, Debug)]
pub struct ConfirmedCurrency(pub Currency);

impl<S> FromRequestParts<S> for ConfirmedCurrency
where
    S: Send + Sync,
    Service: FromRef<S>,
    Currency: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Problem> {
        let currency = Currency::from_ref(state);
        confirm(&Service::from_ref(state), &currency).await?;
        Ok(Self(currency))
    }
}

/// Compares the variable with the currency of the database, which the first start records. An instance asks until they are
/// the same, and then no more.
///
/// # Errors
/// 503 when they are not, or the database cannot be reached.
pub async fn confirm(service: &Service, currency: &Currency) -> Result<(), Problem> {
    if service.currency_is_confirmed() {
        return Ok(());
    }
    let statement = "select to_jsonb(record_currency($1))";
    let parameters = [currency.to_string().into()];
    let recorded: String = service.database().json(statement, &parameters).await?;
    if recorded != currency.to_string() {
        log::error(
            "the variable `currency` is not the currency of the database",
            &[("variable", currency), ("database", &recorded)],
        );
        return Err(Problem::unavailable(
            "CURRENCY_CHANGED",
            format!(
                "The variable `currency` is {currency}, but the amounts in the database are in {recorded}."
            ),
            60,
        ));
    }
    service.confirm_currency();
    Ok(())
}
