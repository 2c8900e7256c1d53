//! The ways to run a statement on a connection: what it answers with differs, and what that costs.

use spin_sdk::pg::{Connection, DbValue, Error as PgError, ParameterValue, Row};

/// A way to run a statement, by what it answers with.
pub(super) trait Ask {
    type Answer: Send;

    fn ask(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> impl Future<Output = Result<Self::Answer, PgError>> + Send;
}

/// All rows, with their columns' names.
pub(super) struct Rows;

impl Ask for Rows {
    type Answer = Vec<Row>;

    async fn ask(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Vec<Row>, PgError> {
        // Errors of a statement that answers rows show only at the end of them.
        connection
            .query(statement, parameters)
            .await?
            .collect()
            .await
    }
}

/// The first value of each row.
pub(super) struct FirstValues;

impl Ask for FirstValues {
    type Answer = Vec<DbValue>;

    async fn ask(
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

/// How many rows.
pub(super) struct Count;

impl Ask for Count {
    type Answer = u64;

    async fn ask(
        connection: &Connection,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, PgError> {
        connection.execute(statement, parameters).await
    }
}
