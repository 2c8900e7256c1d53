//! Access to a server as an administrator, who may create databases and roles.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use url::Url;

/// The administrator of every server that is set up here.
pub(crate) const SUPERUSER: &str = "postgres";

/// The variable that names a server of the person's own.
const URL_VARIABLE: &str = "ZAKAZ_POSTGRES_URL";

const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How to reach a PostgreSQL server as its administrator.
#[derive(Clone)]
pub struct Administrator {
    url: Url,
    source: &'static str,
}

impl Administrator {
    /// The server that `ZAKAZ_POSTGRES_URL` names; `None` when it is not set. No other variable counts: what a shell
    /// has for other programs (`DATABASE_URL`, `PGHOST`) must not lead here.
    pub fn from_environment() -> Result<Option<Self>> {
        match env::var(URL_VARIABLE) {
            Ok(url) if !url.is_empty() => Self::from_url(&url, URL_VARIABLE).map(Some),
            _ => Ok(None),
        }
    }

    /// The server of an administrator's URL, `postgres://user:password@host:port/database`; `source` says in messages
    /// where it came from.
    pub fn from_url(url: &str, source: &'static str) -> Result<Self> {
        // Not the value in the message: it holds a password.
        let url = Url::parse(url).with_context(|| {
            format!(
                "{source} is no URL; it looks like postgres://user:password@127.0.0.1:5432/postgres"
            )
        })?;
        Self::checked(url, source)
    }

    fn checked(url: Url, source: &'static str) -> Result<Self> {
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            bail!(
                "{source} is no PostgreSQL URL: it begins with {}://",
                url.scheme()
            );
        }
        if url.host_str().is_none_or(str::is_empty) {
            bail!(
                "{source} names no host; it looks like postgres://user:password@127.0.0.1:5432/postgres"
            );
        }
        let sslmode = url.query_pairs().find(|(name, _)| name == "sslmode");
        if sslmode.is_some_and(|(_, mode)| !matches!(&*mode, "disable" | "allow" | "prefer")) {
            bail!(
                "{source} demands TLS, and a local set-up has none: take a server that also takes plain connections"
            );
        }
        Ok(Self { url, source })
    }

    pub(crate) fn local(password: &str, port: u16) -> Self {
        // The parts are a fixed name and hexadecimal digits, so nothing needs escaping.
        match Url::parse(&format!(
            "postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
        )) {
            Ok(url) => Self {
                url,
                source: "the local server",
            },
            Err(error) => unreachable!("a URL made of plain parts: {error}"),
        }
    }

    /// Where the address came from: a variable's name, or the server started here.
    pub fn source(&self) -> &str {
        self.source
    }

    /// `host:port`, as the services' `_db_host` variables want it.
    pub fn host_and_port(&self) -> String {
        format!(
            "{}:{}",
            self.url.host_str().unwrap_or("localhost"),
            self.url.port().unwrap_or(5432)
        )
    }

    /// The administrator's URL of `database`.
    pub fn url(&self, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        url.into()
    }

    /// Makes `database`, empty, unless it exists; returns the administrator's URL of it.
    pub async fn create_database(&self, database: &str) -> Result<String> {
        let mut server = self.connect_home().await?;
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(database)
                .fetch_one(&mut server)
                .await?;
        if !exists {
            let statement = format!("create database {}", quote_identifier(database));
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut server)
                .await
                .with_context(|| {
                    format!(
                        "making the database {database} (address from {})",
                        self.source
                    )
                })?;
        }
        server.close().await?;
        Ok(self.url(database))
    }

    /// Drops `database` and ends its sessions, if it exists.
    pub async fn drop_database(&self, database: &str) -> Result<()> {
        let mut server = self.connect_home().await?;
        let statement = format!(
            "drop database if exists {} with (force)",
            quote_identifier(database)
        );
        let dropped = sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut server)
            .await;
        dropped.with_context(|| {
            format!(
                "dropping the database {database} (address from {})",
                self.source
            )
        })?;
        server.close().await?;
        Ok(())
    }

    /// Connects to the database that the address names.
    pub(crate) async fn connect_home(&self) -> Result<PgConnection> {
        connect(self.url.as_str())
            .await
            .with_context(|| self.refusal())
    }

    pub(crate) async fn connect(&self, database: &str) -> Result<PgConnection> {
        connect(&self.url(database))
            .await
            .with_context(|| self.refusal())
    }

    fn refusal(&self) -> String {
        format!(
            "no connection to PostgreSQL at {} (address from {})",
            self.host_and_port(),
            self.source
        )
    }
}

pub(crate) async fn connect(url: &str) -> Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("zakaz-administration")
        // Not as `PGSSLMODE` has it.
        .ssl_mode(PgSslMode::Disable)
        .disable_statement_logging();
    match tokio::time::timeout(CONNECT_LIMIT, PgConnection::connect_with(&options)).await {
        Ok(connected) => Ok(connected?),
        Err(_) => bail!("no answer within {} s", CONNECT_LIMIT.as_secs()),
    }
}

pub(crate) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(crate) fn quote_literal(text: &str) -> String {
    // Backslashes are plain characters: `standard_conforming_strings` has been on by default since 9.1.
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_the_address_and_the_databases() {
        let admin = Administrator::from_url(
            "postgres://me:p%40ss@db.example/postgres?sslmode=disable",
            "TEST",
        )
        .unwrap();
        assert_eq!(admin.host_and_port(), "db.example:5432");
        assert_eq!(
            admin.url("zakaz_auth"),
            "postgres://me:p%40ss@db.example/zakaz_auth?sslmode=disable"
        );
    }

    #[test]
    fn an_unusable_url_is_refused_by_name_and_without_the_password() {
        for url in [
            "mysql://me:secret@h/d",
            "postgres:///d",
            "me:secret",
            "postgres://me:secret@h/d?sslmode=verify-full",
        ] {
            let error = Administrator::from_url(url, URL_VARIABLE)
                .err()
                .map(|error| format!("{error:#}"))
                .unwrap();
            assert!(
                error.contains(URL_VARIABLE) && !error.contains("secret"),
                "{url}: {error}"
            );
        }
    }

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(quote_literal("it's"), "'it''s'");
    }
}
