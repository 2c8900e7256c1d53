//! Errors of the driver and the server, as a component and a span get them.

use tokio_postgres::error::DbError;

use super::bindings::spin::postgres::postgres::{self as wit, Error, QueryError};
use crate::telemetry::StatementFailure;

/// The error of a statement.
pub fn query_failed(error: &tokio_postgres::Error) -> Error {
    let text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        Some(answer) => QueryError::DbError(db_error(text, answer)),
        None => QueryError::Text(text),
    })
}

/// An error of a statement that does not come from the server.
pub fn query_text(text: impl Into<String>) -> Error {
    Error::QueryFailed(QueryError::Text(text.into()))
}

/// The failure without its message.
pub fn failure(error: &Error) -> StatementFailure<'_> {
    let (code, kind) = match error {
        Error::QueryFailed(QueryError::DbError(error)) => (Some(error.code.as_str()), "DbError"),
        Error::QueryFailed(QueryError::Text(_)) => (None, "QueryFailed"),
        Error::ConnectionFailed(_) => (None, "ConnectionFailed"),
        Error::BadParameter(_) => (None, "BadParameter"),
        Error::ValueConversionFailed(_) => (None, "ValueConversionFailed"),
        Error::Other(_) => (None, "_OTHER"),
    };
    StatementFailure { code, kind }
}

fn db_error(as_text: String, answer: &DbError) -> wit::DbError {
    let line = answer.line().map(|line| line.to_string());
    let fields = [
        ("column", answer.column()),
        ("constraint", answer.constraint()),
        ("routine", answer.routine()),
        ("hint", answer.hint()),
        ("table", answer.table()),
        ("datatype", answer.datatype()),
        ("schema", answer.schema()),
        ("file", answer.file()),
        ("line", line.as_deref()),
        ("where_", answer.where_()),
    ];
    wit::DbError {
        as_text,
        severity: answer.severity().to_owned(),
        code: answer.code().code().to_owned(),
        message: answer.message().to_owned(),
        detail: answer.detail().map(str::to_owned),
        extras: fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect(),
    }
}
