//! Statements on an open connection.
//!
//! Each is prepared anew. The driver pipelines: statements of one connection that run side by side
//! do not wait for each other's answers.

use std::pin::pin;

use futures::{StreamExt as _, TryStreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, RowStream};

use super::bindings::spin::postgres::postgres::{Column, Error, ParameterValue, Row, RowSet};
use super::databases::Running;
use super::error::{query_failed, query_text};
use super::value::{self, ReadError, memory_size};

/// The largest result that a component gets whole, and the largest row, in bytes of the host's memory.
const MAX_RESULT: usize = 128 << 20;
/// Rows that wait for the component to read them.
pub const ROWS_AHEAD: usize = 64;

/// The answer to a query whose rows are still coming.
pub struct Rows {
    pub columns: Vec<Column>,
    pub rows: mpsc::Receiver<Row>,
    /// Whether all rows came. It never resolves after a value that ends the instance.
    pub result: oneshot::Receiver<Result<(), Error>>,
}

/// Runs the statement and returns the number of rows that it changed or selected.
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

/// Runs the statement and returns all its rows.
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
        if size > MAX_RESULT {
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
/// rows, such as a constraint's, is the result after them, and ends the span.
pub async fn query_rows(
    client: &Client,
    statement: &str,
    parameters: Vec<ParameterValue>,
    running: Running,
) -> Result<Rows, Error> {
    let (columns, stream) = match start(client, statement, parameters).await {
        Ok(started) => started,
        Err(error) => {
            let failed = Err(error);
            running.ended(&failed);
            return failed;
        }
    };
    let (sender, rows) = mpsc::channel(ROWS_AHEAD);
    let (outcome_sender, result) = oneshot::channel();
    tokio::spawn(async move {
        if let Some(outcome) = forward(stream, sender).await {
            running.ended(&outcome);
            let _ = outcome_sender.send(outcome);
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

/// Sends on the rows and returns the result; `None` for a value at which Spin ends the instance.
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
        if memory_size(&row) > MAX_RESULT {
            return Some(Err(too_large()));
        }
        if sender.send(row).await.is_err() {
            // The component reads no more of them.
            return Some(Ok(()));
        }
    }
    Some(Ok(()))
}

fn unreadable(error: ReadError) -> Error {
    query_text(format!("{:#}", anyhow::Error::from(error)))
}

fn too_large() -> Error {
    query_text(format!("query result exceeds limit of {MAX_RESULT} bytes"))
}
