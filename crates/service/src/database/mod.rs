//! Running statements: every request of an instance uses the connection that the instance keeps, and each
//! wait has a timeout.
//!
//! A statement may run twice, since the result of the first run can be lost with its connection.
//! Therefore every change is keyed by an id that is made before the first attempt, and a second run changes
//! nothing. The two runs may overlap: a statement that waits behind a long one is run again on another connection. Never
//! send `BEGIN`: the statements of other requests on the same connection would become part of
//! the transaction, and be lost with it.
//!
//! A statement of a sampled trace ends with a comment that names the trace, as sqlcommenter does: the host
//! cannot know to which of an instance's requests it belongs. The comment does not affect the plans that
//! matter, which are those of the functions.

mod connection;
mod error;
mod page;
mod query;
mod statements;
mod totals;

use std::{
    borrow::Cow,
    pin::pin,
    time::{Duration, Instant},
};

use futures::future::{Either, select};

use serde::{Serialize, de::DeserializeOwned};
use spin_sdk::pg::{DbValue, Decode, Error as PgError, ParameterValue, Row};

use self::{
    connection::{ConnectionGuard, Connections, KEPT_IDLE},
    error::Failure,
    query::{FirstValues, Query, RowCount, Rows},
};
pub use self::{
    error::DatabaseError,
    page::{Created, Page},
};
use crate::{
    config::ConfigError,
    telemetry::TaskContext,
    timer::{TimedOut, within},
};

const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);
/// For all attempts together, opening connections included. Less when the client of the request waits less.
const TOTAL_TIMEOUT: Duration = Duration::from_millis(4_500);

/// A service's own database.
pub struct Database(Connections);

impl Database {
    /// The database that the variables `db_*` name. Opens nothing.
    pub async fn from_variables() -> Result<Self, ConfigError> {
        Ok(Self(Connections::from_variables().await?))
    }

    /// The rows that a statement returns.
    pub async fn rows(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.run::<Rows>(statement, parameters).await
    }

    /// The first row, if any.
    pub async fn row(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Option<Row>, DatabaseError> {
        let rows = self.rows(statement, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// The `jsonb` that a statement returns as its only value.
    pub async fn json<T: DeserializeOwned>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<T, DatabaseError> {
        let rows = self.json_rows(statement, parameters).await?;
        let first = rows.into_iter().next();
        first.ok_or_else(|| DatabaseError::Unexpected("no row".into()))
    }

    /// The `jsonb` of the first column of each row.
    pub async fn json_rows<T: DeserializeOwned>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Vec<T>, DatabaseError> {
        let values = self.run::<FirstValues>(statement, parameters).await?;
        values.iter().map(from_json).collect()
    }

    /// The number of rows that a statement changed or returned. This is the cheapest way to get a number.
    pub async fn count(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<u64, DatabaseError> {
        self.run::<RowCount>(statement, parameters).await
    }

    /// Calls a function that returns one of these names, and returns the name's outcome.
    ///
    /// Only the number of rows is read, which costs half as much as reading a value: the statement returns as
    /// many rows as the name's place in the list.
    pub async fn outcome<T: Copy>(
        &self,
        call: &str,
        parameters: &[ParameterValue],
        outcomes: &[(&str, T)],
    ) -> Result<T, DatabaseError> {
        let rows = self
            .count(&outcome_statement(call, outcomes), parameters)
            .await?;
        let outcome = usize::try_from(rows)
            .ok()
            .and_then(|rows| outcomes.get(rows.checked_sub(1)?));
        match outcome {
            Some((_, outcome)) => Ok(*outcome),
            None => Err(DatabaseError::Unexpected(format!(
                "an unknown outcome of `{call}`"
            ))),
        }
    }

    async fn run<Q: Query>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Q::Output, DatabaseError> {
        let statement = &*with_trace(statement, TaskContext::current().as_deref());
        let attempts = async {
            match self.run_once::<Q>(statement, parameters).await {
                Err(Failure::Broken(_) | Failure::Transient(_)) => {
                    self.run_once::<Q>(statement, parameters).await
                }
                other => other,
            }
        };
        let patience = TaskContext::patience_left().unwrap_or(TOTAL_TIMEOUT);
        match within(TOTAL_TIMEOUT.min(patience), attempts).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(Failure::Broken(cause) | Failure::Transient(cause))) => {
                Err(DatabaseError::Unavailable(cause))
            }
            Ok(Err(Failure::Final(error))) => Err(error),
            Err(late) => Err(DatabaseError::Unavailable(late.to_string())),
        }
    }

    async fn run_once<Q: Query>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Q::Output, Failure> {
        loop {
            let guard = self.0.get().await?;
            let query = Q::run(
                guard.connection(),
                statement.to_owned(),
                parameters.to_vec(),
            );
            let Some(result) = result_of(query, &guard).await else {
                continue;
            };
            if !matches!(result, Err(Failure::Broken(_))) {
                guard.statement_ended();
            }
            return result;
        }
    }

    /// Waits for something else than the database, which the client has asked for. Meanwhile the connection goes back to
    /// the host's pool once nobody has used it for a second.
    pub async fn idle_during<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            match select(future.as_mut(), pin!(spin_sdk::time::sleep(KEPT_IDLE))).await {
                Either::Left((output, _)) => {
                    TaskContext::wanted_wait_ended();
                    return output;
                }
                Either::Right(_) => self.0.release_idle(),
            }
        }
    }
}

/// The result of a statement that runs on this connection; `None` when it waits behind another one, so that another
/// connection may run it now.
async fn result_of<T>(
    query: impl Future<Output = Result<T, PgError>>,
    connection: &ConnectionGuard<'_>,
) -> Option<Result<T, Failure>> {
    let mut query = pin!(query);
    let began = Instant::now();
    loop {
        let left = STATEMENT_TIMEOUT.saturating_sub(began.elapsed());
        if left.is_zero() {
            let late = TimedOut(STATEMENT_TIMEOUT);
            return Some(Err(Failure::Broken(late.to_string())));
        }
        match within(left.min(connection.blocked_after()), query.as_mut()).await {
            Ok(result) => return Some(result.map_err(Failure::from)),
            Err(_) if connection.waits_for_another() => return None,
            Err(_) => {}
        }
    }
}

fn from_json<T: DeserializeOwned>(value: &DbValue) -> Result<T, DatabaseError> {
    let json = match value {
        DbValue::Jsonb(bytes) => bytes.as_slice(),
        DbValue::DbNull => b"null",
        _ => return Err(DatabaseError::Unexpected("not jsonb".into())),
    };
    // The error's message may quote a value, which must not be logged.
    serde_json::from_slice(json).map_err(|error| {
        let (kind, at) = (error.classify(), error.column());
        DatabaseError::Unexpected(format!("unreadable jsonb: {kind:?} at column {at}"))
    })
}

/// The statement, with a comment that names its trace if the trace is sampled.
fn with_trace<'a>(statement: &'a str, context: Option<&TaskContext>) -> Cow<'a, str> {
    match context
        .map(TaskContext::trace)
        .filter(|trace| trace.sampled())
    {
        // Only hexadecimal digits and dashes, so nothing can end the comment.
        Some(trace) => format!("{statement} /*traceparent='{}'*/", trace.parent()).into(),
        None => statement.into(),
    }
}

/// A `jsonb` parameter.
pub fn jsonb(value: &(impl Serialize + ?Sized)) -> Result<ParameterValue, DatabaseError> {
    let bytes = serde_json::to_vec(value);
    let bytes = bytes.map_err(|error| DatabaseError::Unexpected(error.to_string()))?;
    Ok(ParameterValue::Jsonb(bytes))
}

/// A statement that returns as many rows as the place, from 1, of the returned name among the outcomes.
fn outcome_statement<T>(call: &str, outcomes: &[(&str, T)]) -> String {
    let names = outcomes.iter().map(|(name, _)| format!("'{name}'"));
    let names = names.collect::<Vec<_>>().join(", ");
    format!("select from generate_series(1, array_position(array[{names}], {call}))")
}

/// The value of a row's column. Fails when the column is missing or has another type.
pub fn column<T: Decode>(row: &Row, name: &str) -> Result<T, DatabaseError> {
    row.get(name)
        .ok_or_else(|| DatabaseError::Unexpected(format!("column `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Domain, telemetry::trace::TraceContext};

    #[test]
    fn a_statement_names_its_trace_if_it_is_sampled() {
        let id = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        let of = |flags: &str| {
            let trace = TraceContext::parse(&format!("00-{id}-{flags}"), None).unwrap();
            let context = TaskContext::request(Domain::Order, trace, String::new());
            with_trace("select 1", Some(&context)).into_owned()
        };
        assert_eq!(of("01"), format!("select 1 /*traceparent='00-{id}-01'*/"));
        assert_eq!(of("00"), "select 1");
        assert_eq!(with_trace("select 1", None), "select 1");
    }

    #[test]
    fn an_outcome_is_a_number_of_rows() {
        assert_eq!(
            outcome_statement("refund($1)", &[("REFUNDED", 1), ("VOID", 2)]),
            "select from generate_series(1, array_position(array['REFUNDED', 'VOID'], refund($1)))"
        );
    }
}
