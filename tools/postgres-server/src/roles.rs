//! A service's database and the role it logs in with.

use anyhow::{Context, Result};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::administrator::{Administrator, quote_identifier, quote_literal};
use crate::migrations::lock;

/// A service gives up on a statement after 2 s; soon after, the server must, too.
const STATEMENT_TIMEOUT: &str = "5s";
/// Services open no transaction. If one is left open all the same, it must not keep its locks.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "5s";

/// The migrations' image runs it, too.
const GRANTS: &str = include_str!("../../../migrations/grant.sql");

/// A login that owns nothing and reaches one database.
#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub password: String,
}

/// Makes `database` and `role` unless they exist, sets the role's password and limits, and closes the database to
/// all others but administrators.
///
/// # Errors
/// When the server is out of reach or `administrator` may not do this.
pub async fn prepare_database(
    administrator: &Administrator,
    database: &str,
    role: &Role,
) -> Result<()> {
    administrator.create_database(database).await?;
    let mut server = administrator.connect_home().await?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
            .bind(&role.name)
            .fetch_one(&mut server)
            .await?;
    let verb = if exists { "alter" } else { "create" };
    let (name, password) = (quote_identifier(&role.name), quote_literal(&role.password));
    let database = quote_identifier(database);
    let statements = format!(
        "{verb} role {name} with login nosuperuser nocreatedb nocreaterole noreplication password {password};
         alter role {name} set statement_timeout = '{STATEMENT_TIMEOUT}';
         alter role {name} set idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_TIMEOUT}';
         revoke all on database {database} from public;
         grant connect on database {database} to {name};"
    );
    run(&mut server, statements)
        .await
        .with_context(|| format!("making the role {} for {database}", role.name))?;
    server.close().await?;
    Ok(())
}

/// Closes the server's own databases to all but its administrator, so that a service's role reaches no other database
/// than its own. Only for a server that belongs to this project.
///
/// # Errors
/// When the server is out of reach.
pub async fn close_common_databases(administrator: &Administrator) -> Result<()> {
    let mut server = administrator.connect_home().await?;
    let statements = "revoke all on database postgres from public; revoke all on database template1 from public;";
    run(&mut server, statements.to_owned())
        .await
        .context("closing the databases postgres and template1")?;
    server.close().await?;
    Ok(())
}

/// Lets `role` use everything that the migrations of `database` have made, and define nothing.
///
/// # Errors
/// When the database is out of reach or was never migrated.
pub async fn grant_tables(administrator: &Administrator, database: &str, role: &str) -> Result<()> {
    let mut server = administrator.connect(database).await?;
    lock(&mut server).await?;
    let statements = GRANTS
        .replace(":\"DBNAME\"", &quote_identifier(database))
        .replace(":\"role\"", &quote_identifier(role));
    run(&mut server, statements)
        .await
        .with_context(|| format!("granting the tables of {database} to {role}"))?;
    server.close().await?;
    Ok(())
}

/// Runs several statements in one round trip. Without a `begin` of their own they are one transaction.
async fn run(connection: &mut PgConnection, statements: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(connection)
        .await?;
    Ok(())
}
