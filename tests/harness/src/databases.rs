//! The five databases, with an administrator's rights.

use std::fmt;

use tokio_postgres::{Client, NoTls, Row, types::ToSql};

use crate::environment;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Auth,
    Billing,
    Warehouse,
    Delivery,
    Order,
}

impl Service {
    pub const ALL: [Self; 5] = [
        Self::Auth,
        Self::Billing,
        Self::Warehouse,
        Self::Delivery,
        Self::Order,
    ];

    /// The name in its environment variable.
    fn variable(self) -> &'static str {
        match self {
            Self::Auth => "ZAKAZ_AUTH_DB_URL",
            Self::Billing => "ZAKAZ_BILLING_DB_URL",
            Self::Warehouse => "ZAKAZ_WAREHOUSE_DB_URL",
            Self::Delivery => "ZAKAZ_DELIVERY_DB_URL",
            Self::Order => "ZAKAZ_ORDER_DB_URL",
        }
    }
}

/// A connection to one service's database. Tests use it to check what is stored, and to set up states that cannot be
/// reached over HTTP.
pub struct Database {
    service: Service,
    client: Client,
}

impl Database {
    pub async fn open(service: Service) -> Self {
        let variable = service.variable();
        Self::at(service, &environment::required(variable))
            .await
            .unwrap_or_else(|error| panic!("{variable}: cannot connect: {error}"))
    }

    /// The database at this URL.
    ///
    /// # Errors
    /// When it does not accept a connection.
    pub async fn at(service: Service, url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self { service, client })
    }

    /// Opens it unless the server is away.
    ///
    /// # Errors
    /// When it does not accept a connection.
    pub async fn try_open(service: Service) -> Result<Self, tokio_postgres::Error> {
        Self::at(service, &environment::required(service.variable())).await
    }

    /// The rows of a statement, unless the server goes away meanwhile.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn try_rows(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.client.query(sql, parameters).await
    }

    pub async fn rows(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        self.try_rows(sql, parameters)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}\nin\n{sql}", self.service))
    }

    /// The first column of each row, a text.
    pub async fn texts(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<String> {
        let rows = self.rows(sql, parameters).await;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The number that a statement returns in its only row.
    pub async fn number(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> i64 {
        match self.rows(sql, parameters).await.as_slice() {
            [row] => row.get(0),
            rows => panic!(
                "{}: {} rows instead of one number\nin\n{sql}",
                self.service,
                rows.len()
            ),
        }
    }

    /// Runs a statement and returns the number of changed rows.
    pub async fn change(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> u64 {
        self.client
            .execute(sql, parameters)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}\nin\n{sql}", self.service))
    }
}

/// Connections to all five databases.
pub struct Databases {
    pub auth: Database,
    pub billing: Database,
    pub warehouse: Database,
    pub delivery: Database,
    pub order: Database,
}

impl Databases {
    pub async fn open() -> Self {
        Self {
            auth: Database::open(Service::Auth).await,
            billing: Database::open(Service::Billing).await,
            warehouse: Database::open(Service::Warehouse).await,
            delivery: Database::open(Service::Delivery).await,
            order: Database::open(Service::Order).await,
        }
    }

    /// How many sagas have not ended.
    pub async fn unfinished(&self) -> i64 {
        self.order
            .number("select count(*) from sagas where ended_at is null", &[])
            .await
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auth => "auth",
            Self::Billing => "billing",
            Self::Warehouse => "warehouse",
            Self::Delivery => "delivery",
            Self::Order => "order",
        })
    }
}
