//! Statements on an open connection.
//!
//! Each is prepared anew. The driver pipelines: statements of one connection that run side by side
//! do not wait for each other's answers.

use std::pin::pin;

use futures::{StreamExt as _, TryStreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, RowStream};

use super::error::{query_failed, query_text};
use super::value::{self, ReadError, memory_size};
use crate::bindings::spin::postgres::postgres::{Column, Error, ParameterValue, Row, RowSet};
use crate::telemetry::StatementSpan;

/// A result that a component gets whole, or a row, is at most this large in the host's memory.
const LARGEST_RESULT: usize = 128 << 20;
/// Rows that wait for the component to read them.
pub const ROWS_AHEAD: usize = 64;

/// The answer to a query whose rows are still coming.
pub struct Rows {
    pub columns: Vec<Column>,
    pub rows: mpsc::Receiver<Row>,
    /// Whether all rows came. It is never told after a value that ends the instance.
    pub result: oneshot::Receiver<Result<(), Error>>,
}

/// Runs the statement and gives the number of rows that it changed or selected.
pub async fn execute(
    client: &Client,
    statement: &str,
    parameters: Vec<ParameterValue>,
) -> Result<u64, Error> {
    let parameters = value::parameters(parameters)
        .map_err(|error| Error::ValueConversionFailed(format!("{error:#}")))?;
    client
        .execute_raw(statement, parameters)
        .await
        .map_err(|error| query_failed(&error))
}

/// Runs the statement and gives all its rows.
pub async fn query(
    client: &Client,
    statement: &str,
    parameters: Vec<ParameterValue>,
) -> Result<RowSet, Error> {
    let (columns, rows) = start(client, statement, parameters).await?;
    let mut rows = pin!(rows);
    let (mut read, mut size) = (Vec::new(), 0);
    while let Some(row) = rows
        .try_next()
        .await
        .map_err(|error| query_failed(&error))?
    {
        let row = value::row(&row).map_err(unreadable)?;
        size += memory_size(&row);
        if size > LARGEST_RESULT {
            return Err(too_large());
        }
        read.push(row);
    }
    Ok(RowSet {
        columns,
        rows: read,
    })
}

/// Runs the statement; its rows are read while the component takes them. An error that comes with the
/// rows, such as a constraint's, is told at their end, and so ends the span.
pub async fn query_rows(
    client: &Client,
    statement: &str,
    parameters: Vec<ParameterValue>,
    span: StatementSpan,
) -> Result<Rows, Error> {
    let (columns, stream) = match start(client, statement, parameters).await {
        Ok(started) => started,
        Err(error) => {
            let failed = Err(error);
            span.ended(&failed);
            return failed;
        }
    };
    let (sender, rows) = mpsc::channel(ROWS_AHEAD);
    let (told, result) = oneshot::channel();
    tokio::spawn(async move {
        if let Some(outcome) = forward(stream, sender).await {
            span.ended(&outcome);
            let _ = told.send(outcome);
        }
    });
    Ok(Rows {
        columns,
        rows,
        result,
    })
}

async fn start(
    client: &Client,
    statement: &str,
    parameters: Vec<ParameterValue>,
) -> Result<(Vec<Column>, RowStream), Error> {
    let parameters =
        value::parameters(parameters).map_err(|error| Error::BadParameter(format!("{error:#}")))?;
    let prepared = client
        .prepare(statement)
        .await
        .map_err(|error| query_failed(&error))?;
    let rows = client
        .query_raw(&prepared, parameters)
        .await
        .map_err(|error| query_failed(&error))?;
    Ok((value::columns(prepared.columns()), rows))
}

/// Hands on the rows and gives the result; none for a value at which Spin ends the instance.
async fn forward(stream: RowStream, sender: mpsc::Sender<Row>) -> Option<Result<(), Error>> {
    let mut stream = pin!(stream);
    while let Some(row) = stream.next().await {
        let row = match row {
            Ok(row) => row,
            Err(error) => return Some(Err(query_failed(&error))),
        };
        let row = match value::row(&row) {
            Ok(row) => row,
            Err(error @ ReadError::DecimalOverflow(_)) => {
                eprintln!(
                    "devhost: {error}; Spin ends the instance then, and so does devhost (the component's fault)"
                );
                return None;
            }
            Err(error) => return Some(Err(unreadable(error))),
        };
        if memory_size(&row) > LARGEST_RESULT {
            return Some(Err(too_large()));
        }
        if sender.send(row).await.is_err() {
            // The component wants no more of them.
            return Some(Ok(()));
        }
    }
    Some(Ok(()))
}

fn unreadable(error: ReadError) -> Error {
    query_text(format!("{:#}", anyhow::Error::from(error)))
}

fn too_large() -> Error {
    query_text(format!(
        "query result exceeds limit of {LARGEST_RESULT} bytes"
    ))
}
