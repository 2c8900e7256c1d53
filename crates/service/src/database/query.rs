//! The kinds of query: what a statement returns differs, and with it what the query costs.

use spin_sdk::pg::{Connection, DbValue, Error as PgError, ParameterValue, Row};

/// A kind of query, by what it returns.
pub(super) trait Query {
    type Output: Send;

    fn run(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> impl Future<Output = Result<Self::Output, PgError>> + Send;
}

/// Returns all rows, with the names of their columns.
pub(super) struct Rows;

impl Query for Rows {
    type Output = Vec<Row>;

    async fn run(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Vec<Row>, PgError> {
        // The errors of a statement that returns rows are reported after the last row.
        connection
            .query(statement, parameters)
            .await?
            .collect()
            .await
    }
}

/// Returns the first value of each row.
pub(super) struct FirstValues;

impl Query for FirstValues {
    type Output = Vec<DbValue>;

    async fn run(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Vec<DbValue>, PgError> {
        let mut result = connection.query(statement, parameters).await?;
        let mut values = Vec::new();
        while let Some(row) = result.rows().next().await {
            values.extend(row.into_iter().next());
        }
        result.result().await?;
        Ok(values)
    }
}

/// Returns the number of rows.
pub(super) struct RowCount;

impl Query for RowCount {
    type Output = u64;

    async fn run(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, PgError> {
        connection.execute(statement, parameters).await
    }
}
