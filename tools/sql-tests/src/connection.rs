//! New databases, and connections to them.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use postgres_server::{ThrowawayDatabase, waits_for_a_lock};
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};

/// A service's database, as its tests use it.
pub trait Service: Sized {
    /// The service's name: of its folder in `migrations`.
    const NAME: &str;

    fn new(connection: Connection) -> Self;

    fn connection(&self) -> &Connection;
}

/// A connection to a new database of the service.
pub async fn open<S: Service>() -> S {
    let [connection] = open_several().await;
    connection
}

/// `N` connections to a new database of the service.
pub async fn open_several<S: Service, const N: usize>() -> [S; N] {
    connect(S::NAME).await.map(S::new)
}

/// `N` connections to a new database with the migrations of a service.
pub async fn connect<const N: usize>(service: &str) -> [Connection; N] {
    let database = ThrowawayDatabase::new(folder(service))
        .await
        .expect("a database with the service's migrations");
    let connections = join_all((0..N).map(|_| database.connect())).await;
    let connections: Vec<Connection> = connections
        .into_iter()
        .map(|client| Connection(client.expect("a connection")))
        .collect();
    connections
        .try_into()
        .unwrap_or_else(|_| unreachable!("there are {N} connections"))
}

/// A folder of `migrations`.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(name)
}

/// A connection to a test's database.
pub struct Connection(Client);

impl Connection {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// The only value that a statement returns.
    pub async fn value<T: FromSqlOwned>(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> T {
        let row = self.0.query_one(statement, parameters).await;
        row.unwrap_or_else(|error| panic!("{statement}: {error:?}"))
            .get(0)
    }

    /// The first value of each row that a statement returns.
    pub async fn values<T: FromSqlOwned>(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Vec<T> {
        let rows = self.0.query(statement, parameters).await;
        let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The number of rows that a statement changed or returned.
    pub async fn execute(&self, statement: &str, parameters: &[&(dyn ToSql + Sync)]) -> u64 {
        let rows = self.0.execute(statement, parameters).await;
        rows.unwrap_or_else(|error| panic!("{statement}: {error:?}"))
    }

    /// Runs statements without parameters.
    pub async fn run(&self, statements: &str) {
        let result = self.0.batch_execute(statements).await;
        result.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// Checks that PostgreSQL refuses each of these statements.
    pub async fn assert_refused(&self, statements: &[&str]) {
        for statement in statements {
            let result = self.0.batch_execute(statement).await;
            assert!(result.is_err(), "was not refused: {statement}");
        }
    }

    /// Checks that a query for violations of rules, one text a row, returns none.
    pub async fn assert_none(&self, violations: &str) {
        let violations: Vec<String> = self.values(violations, &[]).await;
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// The number of rows of a table.
    pub async fn rows_in(&self, table: &str) -> i64 {
        self.value(&format!("select count(*) from {table}"), &[])
            .await
    }

    /// Checks that a session of this database waits for another's lock, or will within 5 s.
    pub async fn assert_one_waits(&self) {
        assert!(waits_for_a_lock(&self.0).await.expect("the activity"));
    }
}

/// How many of the outcomes are this one.
pub fn count(outcomes: &[String], outcome: &str) -> usize {
    outcomes.iter().filter(|found| *found == outcome).count()
}
